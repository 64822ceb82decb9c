// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/reuse/thread_launches.hpp"

#include <algorithm>

namespace flopwatch::collect {

void thread_launches::put(known_identity const* one) noexcept {
  auto const mask = index_.size() - 1;
  auto at = one->hash & mask;
  while (index_[at] != nullptr) at = (at + 1) & mask;
  index_[at] = one;
}

launch_count& thread_launches::add(launch_identity const& identity, std::uint64_t hash, launch_key& key) {
  auto*& known = known_[{&key, identity.operator_call, identity.scope, identity.in_phase}];
  if (known == nullptr) {
    std::lock_guard const lock(mutex_);
    auto& count = counts_.emplace_back();
    count.key = &key;
    count.operator_call = identity.operator_call;
    count.scope = identity.scope;
    count.in_phase = identity.in_phase;
    known = &count;
  }
  if (2 * (slots_.size() + 1) > index_.size()) {
    index_.assign(2 * index_.size(), nullptr);
    for (auto const& one : slots_) put(&one);
  }
  put(&slots_.emplace_back(known_identity{identity, hash, known}));
  return *known;
}

void thread_launches::forget() noexcept {
  std::fill(index_.begin(), index_.end(), nullptr);
  slots_.clear();
  context = nullptr;
}

}  // namespace flopwatch::collect
