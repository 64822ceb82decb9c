// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/kernel_table.hpp"

#include <cstdlib>
#include <cxxabi.h>
#include <memory>

namespace flopwatch::collect {

std::int64_t kernel_table::number_of(char const* mangled) {
  std::string_view const name = mangled == nullptr || *mangled == '\0' ? "(unnamed kernel)" : mangled;
  std::lock_guard const lock(mutex_);
  if (auto const known = numbers_.find(name); known != numbers_.end()) return known->second;
  names_.emplace_back(name);
  auto const number = static_cast<std::int64_t>(names_.size());
  numbers_.emplace(names_.back(), number);
  return number;
}

std::string demangled(std::string const& name) {
  if (!name.starts_with("_Z")) return name;  // "b" is a name, which demangling would turn into "bool"
  int status = 0;
  std::unique_ptr<char, decltype(&std::free)> const text(
      abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), &std::free);
  return status == 0 && text != nullptr ? std::string(text.get()) : name;
}

}  // namespace flopwatch::collect
