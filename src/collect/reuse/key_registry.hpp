// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <tuple>
#include <vector>

#include "cupti/param_attributes.hpp"
#include "metrics/reuse/key_table.hpp"

namespace flopwatch::detail {
struct operator_row;
}

namespace flopwatch::collect {

/// What makes launches do the same work, wherever in the program they are.
struct key_identity {
  std::int64_t kernel = 0;         ///< kernel_table's number, or a graph's
  std::int64_t function = 0;       ///< function_numbers': others of that name can do other work; 0: no matter
  std::int64_t operator_call = 0;  ///< key_registry::operator_of
  std::uint64_t attributes = 0;
  std::uint64_t parameters = 0;
  std::array<std::uint32_t, 3> grid{}, block{};
  std::uint32_t shared_bytes = 0;
  bool by_parameter = false;  ///< `parameters` was looked at

  [[nodiscard]] auto all() const noexcept {
    return std::tie(kernel, function, operator_call, attributes, parameters, grid, block, shared_bytes,
                    by_parameter);
  }
  friend bool operator<(key_identity const& a, key_identity const& b) noexcept { return a.all() < b.all(); }
};

/// A key as launching threads see it.
struct launch_key {
  key_identity identity;
  reuse::key_number number = 0;
  bool measurable = true;  ///< false: its launches are counted and never measured
  bool waits = false;      ///< that is why: its kernel waits for others
  /// Launches that pass by before one is measured; below 0: none will be measured.
  std::atomic<std::int32_t> armed{-1};
  /// Launches look at their parameters: two equal ones differed.
  std::atomic<bool> split{false};
  bool variable = false;  ///< its kernel is known to depend on data
  /// Of the parameters, where they are looked at; null: not known so far.
  std::atomic<cupti::param_layout const*> layout{nullptr};
  std::atomic<std::uint64_t> layout_sought{0};  ///< modules that were loaded by then
  std::atomic<std::int32_t> parts{0};           ///< keys that it was split into
};

/// All keys of a run. Keys never move. Thread-safe.
class key_registry {
 public:
  explicit key_registry(std::size_t most) : most_(most) {}

  /// The same, or a new one, which `made` is called for, under the lock. Null when there are too many.
  template <class Made>
  launch_key* find_or_add(key_identity const& identity, Made const& made) {
    std::lock_guard const lock(mutex_);
    if (auto const known = keys_.find(identity); known != keys_.end()) return known->second;
    if (keys_.size() >= most_) return nullptr;
    auto& key = all_.emplace_back();
    key.identity = identity;
    made(key);
    keys_.emplace(identity, &key);
    return &key;
  }
  /// One that there is room for in any case: there is at most one for each kernel.
  template <class Made>
  launch_key* add_fallback(key_identity const& identity, Made const& made) {
    std::lock_guard const lock(mutex_);
    auto*& key = fallbacks_[identity.kernel];
    if (key == nullptr) {
      key = &all_.emplace_back();
      key->identity = identity;
      made(*key);
    }
    return key;
  }
  /// Number of the operator and its arguments, in whatever scope; 0 for null.
  [[nodiscard]] std::int64_t operator_of(detail::operator_row const* row);

  /// Calls `visit` with each key.
  template <class Visit>
  void for_each(Visit const& visit) {
    std::lock_guard const lock(mutex_);
    for (auto& key : all_) visit(key);
  }

 private:
  std::size_t most_;
  std::mutex mutex_;
  std::deque<launch_key> all_;
  std::map<key_identity, launch_key*> keys_;
  std::map<std::int64_t, launch_key*> fallbacks_;  ///< by kernel
  std::map<std::tuple<void const*, std::vector<std::int64_t>>, std::int64_t> operators_;
};

}  // namespace flopwatch::collect
