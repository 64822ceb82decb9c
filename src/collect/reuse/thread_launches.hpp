// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <tuple>
#include <vector>

#include "collect/reuse/key_registry.hpp"
#include "collect/reuse/launch_gate.hpp"
#include "collect/reuse/launch_identity.hpp"

namespace flopwatch::collect {

/// Launches of one thread that are counted in one number.
struct launch_count {
  launch_key* key = nullptr;
  detail::operator_row const* operator_call = nullptr;
  detail::scope_node const* scope = nullptr;
  phase in_phase = phase::forward;
  std::atomic<std::int64_t> launches{0};  ///< its thread alone writes it

  void add(std::int64_t n) noexcept {
    launches.store(launches.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
};

/// What one thread launches: a count for each kind of launch, found again without a lock or an allocation.
/// The thread alone calls the members, but for `for_each`.
class thread_launches {
 public:
  thread_launches() : index_(256) {}

  /// Null for a launch that is new, or that was forgotten.
  [[nodiscard]] launch_count* find(launch_identity const& identity, std::uint64_t hash) const noexcept {
    for (auto at = hash;; ++at) {
      auto const* const slot = index_[at & (index_.size() - 1)];
      if (slot == nullptr) return nullptr;
      if (slot->hash == hash && slot->identity == identity) return slot->count;
    }
  }
  /// The count for launches of that key in the place that the identity names; found by the identity from now
  /// on. \throws std::bad_alloc
  launch_count& add(launch_identity const& identity, std::uint64_t hash, launch_key& key);
  /// Functions were unloaded, and their handles can be those of others: no identity is known any more. The
  /// counts stay.
  void forget() noexcept;

  /// Any thread. \param visit takes a launch_count const&
  template <class Visit>
  void for_each(Visit const& visit) const {
    std::lock_guard const lock(mutex_);
    for (auto const& count : counts_) visit(count);
  }

  /// False once its thread has ended: the next new thread goes on with its counts.
  std::shared_ptr<std::atomic<bool>> in_use = std::make_shared<std::atomic<bool>>(true);
  launch_gate::place place;
  launch_count* open = nullptr;    ///< of the launching call that the thread is in
  bool measures = false;           ///< that call
  bool was_captured = false;       ///< that call
  void const* function = nullptr;  ///< of that call
  bool was_mistaken = false;       ///< that call: its function turned out to be another one
  std::uint64_t epoch = 0;         ///< of the functions that `find` knows
  int until_look = 0;              ///< launches until the thread looks at the clock
  void const* context = nullptr;   ///< of the last launch
  std::optional<bool> counted;     ///< whether that context is on the device; nullopt: not known
  bool beside = false;             ///< that context is not the primary one

 private:
  struct known_identity {
    launch_identity identity;
    std::uint64_t hash = 0;
    launch_count* count = nullptr;
  };
  using place_of_count =
      std::tuple<launch_key const*, detail::operator_row const*, detail::scope_node const*, phase>;

  void put(known_identity const* one) noexcept;

  mutable std::mutex mutex_;  ///< guards the list `counts_`
  std::deque<launch_count> counts_;
  std::map<place_of_count, launch_count*> known_;
  std::deque<known_identity> slots_;
  std::vector<known_identity const*> index_;  ///< open addressing, size a power of two, at most half full
};

}  // namespace flopwatch::collect
