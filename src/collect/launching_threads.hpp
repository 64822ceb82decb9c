// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>

#include <cuda.h>

#include "collect/launch_row.hpp"
#include "collect/launch_watchdog.hpp"
#include "collect/thread_rows.hpp"
#include "flopwatch/diagnostics.hpp"

namespace flopwatch::collect {

class context_log;

/// A context that a thread has launched in.
struct known_context {
  CUcontext context = nullptr;
  context_log* log = nullptr;   ///< null: it is on another device
  thread_rows* rows = nullptr;  ///< the thread's in that log; null: none yet
};

/// The last contexts of one thread, as long as nothing changes in the list of them all. Not thread-safe.
class known_contexts {
 public:
  /// Forgets all if `version` is another one.
  void update(std::uint64_t version) noexcept {
    if (version_ == version) return;
    version_ = version;
    all_ = {};
  }
  /// Null for one that is not known.
  [[nodiscard]] known_context* find(CUcontext context) noexcept {
    for (auto& one : all_) {
      if (one.context == context && (context != nullptr || one.log != nullptr)) return &one;
    }
    return nullptr;
  }
  /// Takes the place of the one that came first.
  known_context& add(CUcontext context, context_log* log) noexcept {
    next_ = (next_ + 1) % all_.size();
    return all_[next_] = {context, log, nullptr};
  }

 private:
  std::uint64_t version_ = 0;
  std::array<known_context, 8> all_;
  std::size_t next_ = 0;
};

/// One thread that launches. It alone uses what is not atomic.
struct launching_thread {
  /// The log of the launch that it makes beside others; null outside of such a launch.
  alignas(64) std::atomic<context_log const*> inside{nullptr};
  open_launch counted_now;  ///< the launch that it makes, where that is counted
  std::uint64_t id = 0;     ///< the system's number
  known_contexts contexts;

  // The launch that it makes:
  context_log* log = nullptr;  ///< that was notified of it, and must be notified of its end
  launch_row row;
  thread_rows* rows = nullptr;          ///< that take the row when the driver has accepted the launch
  loss_kind const* left_out = nullptr;  ///< why it has no counters, with `rows`
  bool unwanted = false;                ///< the user's choice leaves it out
  bool is_alone = false;                ///< it keeps all others out of its context
  bool was_captured = false;
};

/// The threads that launch while one collector lives. Thread-safe.
class launching_threads {
 public:
  launching_threads();
  launching_threads(launching_threads const&) = delete;
  launching_threads& operator=(launching_threads const&) = delete;

  /// The calling thread's. Takes a lock the first time. A thread that ends leaves its place to the next new
  /// one. \throws std::bad_alloc
  [[nodiscard]] launching_thread& this_one();
  /// The same where `this_one` has been called; else null.
  [[nodiscard]] launching_thread* this_one_if_known() const noexcept;

  /// Whether a thread makes a launch beside others in that context.
  [[nodiscard]] bool any_inside(context_log const& log) noexcept;
  template <class Visit>
  void for_each(Visit const& visit) {
    std::lock_guard const lock(mutex_);
    for (auto const& one : all_) visit(one.thread);
  }

 private:
  struct place {
    launching_thread thread;
    std::shared_ptr<std::atomic<bool>> in_use = std::make_shared<std::atomic<bool>>(true);
  };
  launching_thread& new_place();

  std::uint64_t number_;  ///< unique in the process
  std::mutex mutex_;      ///< guards the list `all_`
  std::deque<place> all_;
};

}  // namespace flopwatch::collect
