// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/kernel_table.hpp"

#include <cstdlib>
#include <cxxabi.h>
#include <functional>
#include <memory>
#include <utility>

namespace flopwatch::collect {

kernel_table::kernel_table(waiting_kernels waiting, std::function<bool(std::string const&)> wanted)
    : index_(&indexes_.emplace_back(256)), waiting_(std::move(waiting)), wanted_(std::move(wanted)) {}

kernel_table::entry const* kernel_table::look_up(index const& in, std::string_view name,
                                                 std::size_t hash) noexcept {
  for (auto at = hash;; ++at) {
    auto const* const one = in[at & (in.size() - 1)].load(std::memory_order_acquire);
    if (one == nullptr || (one->hash == hash && one->name == name)) return one;
  }
}

void kernel_table::put(index& into, entry const& one) noexcept {
  auto at = one.hash & (into.size() - 1);
  while (into[at].load(std::memory_order_relaxed) != nullptr) at = (at + 1) & (into.size() - 1);
  into[at].store(&one, std::memory_order_release);
}

kernel_table::entry const& kernel_table::add(std::string_view name, std::size_t hash) {
  std::lock_guard const lock(mutex_);
  if (auto const* const known = look_up(indexes_.back(), name, hash)) return *known;
  if (2 * (entries_.size() + 1) > indexes_.back().size()) {
    index larger(2 * indexes_.back().size());
    for (auto const& one : entries_) put(larger, one);
    index_.store(&indexes_.emplace_back(std::move(larger)), std::memory_order_release);
  }
  auto const& kept = names_.emplace_back(name);
  kernel const known{static_cast<std::int64_t>(names_.size()), waiting_.has(kept), !wanted_ || wanted_(kept)};
  auto const& added = entries_.emplace_back(entry{kept, hash, known});
  put(indexes_.back(), added);
  return added;
}

kernel_table::kernel kernel_table::find(char const* mangled) {
  std::string_view const name = mangled == nullptr || *mangled == '\0' ? "(unnamed kernel)" : mangled;
  auto const hash = std::hash<std::string_view>()(name);
  auto const* const known = look_up(*index_.load(std::memory_order_acquire), name, hash);
  return known != nullptr ? known->known : add(name, hash).known;
}

std::string kernel_table::name_of(std::int64_t number) {
  std::lock_guard const lock(mutex_);
  return names_.at(static_cast<std::size_t>(number - 1));
}

bool kernel_table::waits(std::int64_t number) {
  std::lock_guard const lock(mutex_);
  return entries_.at(static_cast<std::size_t>(number - 1)).known.waits;
}

std::string demangled(std::string const& name) {
  if (!name.starts_with("_Z")) return name;  // "b" is a name, which demangling would turn into "bool"
  int status = 0;
  std::unique_ptr<char, decltype(&std::free)> const text(
      abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), &std::free);
  return status == 0 && text != nullptr ? std::string(text.get()) : name;
}

}  // namespace flopwatch::collect
