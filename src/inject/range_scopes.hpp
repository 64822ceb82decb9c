// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "recording/nvtx/range_listener.hpp"
#include "recording/scope_tree.hpp"

namespace flopwatch::inject {

/// Which ranges of the program are scopes.
struct range_choice {
  std::vector<std::string> domains;  ///< "" is the default one; empty: all
  std::optional<std::regex> message;
};

/// Makes the program's NVTX ranges scopes of the active recording: a range in the domain "flopwatch" is the
/// scope that it names, every other one a scope of its own below those that are open on its thread.
///
/// Domains have stacks of their own, so that ranges need not end in reverse order: a path is made of the
/// ranges that are still open, so that those above one that ends move to the scope around it. A start/end
/// range is a scope of the thread that starts it and, until it ends, of all threads that have no scope open.
class range_scopes final : public detail::range_listener {
 public:
  explicit range_scopes(range_choice choice) : choice_(std::move(choice)) {}

  void pushed(std::string_view domain, std::string_view message) noexcept override;
  void popped(std::string_view domain) noexcept override;
  void started(std::uint64_t id, std::string_view domain, std::string_view message) noexcept override;
  void ended(std::uint64_t id) noexcept override;
  void settle() noexcept override;
  [[nodiscard]] detail::scope_node const* of_process() const noexcept override {
    return of_process_.load(std::memory_order_acquire);
  }

  /// Ranges that became scopes.
  [[nodiscard]] std::int64_t seen() const noexcept { return seen_.load(std::memory_order_relaxed); }
  /// Ranges that were left out by the choice.
  [[nodiscard]] std::int64_t left_out() const noexcept { return left_out_.load(std::memory_order_relaxed); }

 private:
  struct thread_ranges;
  /// Null when the thread is at its end.
  static std::shared_ptr<thread_ranges> of_this_thread();
  [[nodiscard]] bool is_scope(std::string_view domain, std::string_view message) const;
  /// With the mutex of `ranges`, which are those of this thread.
  void open(thread_ranges& ranges, std::uint64_t id, std::string_view domain, std::string_view message);
  /// Ends what is marked as ended of this thread's ranges. Without any mutex.
  void follow(thread_ranges& ranges);

  range_choice choice_;
  std::atomic<std::int64_t> seen_{0};
  std::atomic<std::int64_t> left_out_{0};
  std::mutex mutex_;
  struct started_range {
    std::shared_ptr<thread_ranges> thread;  ///< that started it
    detail::scope_node const* scope = nullptr;
  };
  /// With `mutex_`, after a change of `started_`.
  void choose_of_process() noexcept;
  std::map<std::uint64_t, started_range> started_;  ///< by id, which goes up
  std::atomic<detail::scope_node const*> of_process_{nullptr};
};

}  // namespace flopwatch::inject
