// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/kernel_table.hpp"

#include <cstdlib>
#include <cxxabi.h>
#include <memory>

namespace flopwatch::collect {

kernel_table::kernel kernel_table::find(char const* mangled) {
  std::string_view const name = mangled == nullptr || *mangled == '\0' ? "(unnamed kernel)" : mangled;
  std::lock_guard const lock(mutex_);
  if (auto const known = kernels_.find(name); known != kernels_.end()) return known->second;
  names_.emplace_back(name);
  kernel const added{static_cast<std::int64_t>(names_.size()), waiting_.has(name)};
  kernels_.emplace(names_.back(), added);
  return added;
}

std::string kernel_table::name_of(std::int64_t number) {
  std::lock_guard const lock(mutex_);
  return names_.at(static_cast<std::size_t>(number - 1));
}

std::string demangled(std::string const& name) {
  if (!name.starts_with("_Z")) return name;  // "b" is a name, which demangling would turn into "bool"
  int status = 0;
  std::unique_ptr<char, decltype(&std::free)> const text(
      abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), &std::free);
  return status == 0 && text != nullptr ? std::string(text.get()) : name;
}

}  // namespace flopwatch::collect
