// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "collect/launch_counter.hpp"
#include "collect/launch_rows.hpp"
#include "collect/launch_tracker.hpp"
#include "collect/launching_threads.hpp"

namespace flopwatch::collect {

/// What one context launches in one run: its rows in launch order, each with one value for each metric, NaN
/// where none was collected.
///
/// Three states: idle until `count` or `list`, then recording, then ended. From the ENTER to the EXIT of each
/// launching call its thread is inside, in one of two ways:
/// - beside others, where the launch needs nothing of the counter: it is listed, left out, or in the scope
///   range that is open. That takes no lock and allocates nothing; the row goes to the thread's own rows.
/// - alone, where a launch is counted by itself or the counter must start, stop or turn: it waits for those
///   inside, and all others wait for it. So two threads cannot launch in another order than that of their
///   rows, and counting never begins or ends inside a launch.
class context_log {
 public:
  /// \param values_per_row metrics of the run
  context_log(CUcontext context, std::uint32_t uid, shared_tables& shared, std::size_t values_per_row);

  /// Null once the context is gone.
  [[nodiscard]] CUcontext context() const noexcept { return context_.load(std::memory_order_acquire); }
  void context_is_gone() noexcept { context_.store(nullptr, std::memory_order_release); }
  /// CUPTI's number of the context, unique in the process; 0 before its first launch.
  [[nodiscard]] std::uint32_t uid() const noexcept { return uid_.load(std::memory_order_relaxed); }
  /// For the counter.
  [[nodiscard]] launch_rows& rows() noexcept { return rows_; }
  [[nodiscard]] uncounted_work& uncounted() noexcept { return uncounted_; }
  /// The launches. After the run.
  [[nodiscard]] launch_spool& launches() noexcept { return rows_.spooled(); }
  /// The scope ranges; null where each launch has its own counters. After the run.
  [[nodiscard]] launch_spool* ranges() noexcept { return ranges_ == nullptr ? nullptr : &ranges_->spooled(); }

  // --- while others launch, for the file of a recording that goes on ---
  /// Adds the launches that wait for their values, those numbered above `after`, `most` at most. None where a
  /// launch that is under way keeps others out of the log. \throws std::bad_alloc
  void copy_waiting(std::int64_t after, std::size_t most, std::vector<launch_row>& to);
  /// The rows of its threads by now, the first ones the same as at the last call.
  [[nodiscard]] std::vector<thread_rows const*> threads_now();

  /// While it lives, its thread alone is inside the log: the launches of others in the context wait.
  class lone {
   public:
    explicit lone(context_log& log) noexcept : log_(&log) { log.close(); }
    /// Waits for nobody. False where one is inside.
    lone(context_log& log, std::try_to_lock_t tag) noexcept;
    ~lone();
    lone(lone const&) = delete;
    lone& operator=(lone const&) = delete;
    explicit operator bool() const noexcept { return log_ != nullptr; }

   private:
    context_log* log_ = nullptr;
  };

  /// Lists launches from here on, without counters.
  void list() { list(lone(*this)); }
  /// Counts from here on. The context is current. \throws cupti_error
  /// \param counter of `rows()`
  /// \param ranges those of `counter`, where it counts by scope
  void count(std::unique_ptr<launch_counter> counter, std::unique_ptr<launch_rows> ranges) {
    count(lone(*this), std::move(counter), std::move(ranges));
  }
  /// The same by who is alone inside.
  void list(lone const& alone) noexcept;
  void count(lone const& alone, std::unique_ptr<launch_counter> counter, std::unique_ptr<launch_rows> ranges);
  /// One more pass over the same launches (replay by the user). \throws cupti_error
  void next_pass();
  /// Ends a pass. The context is current on this thread.
  /// \returns true when all passes are in, and every row is in the spool
  bool end_pass() noexcept;
  /// Stops counting; what is not decoded yet is lost, and noted with `kind` and `detail`.
  void abandon(loss_kind const& kind = loss::context_not_measured,
               char const* detail = "its context was gone before its counters were read") noexcept;

  /// The same without a data loss.
  void release() noexcept;

  /// A stream capture is about to begin in the context, which is current.
  void pause() noexcept;

  /// That launch is not recorded, and the profiler stops for it. The context is current.
  void rest(launching_thread const& thread, seen_launch const& launch) noexcept;

  /// The program waits for the GPU now, in the context, which is current: a good place to read the counters.
  void turn() noexcept;

  /// \param thread the calling one
  void launching(launching_thread& thread, seen_launch const& launch) noexcept;
  /// The open launch became a node of a graph.
  void captured(launching_thread& thread, seen_launch const& launch, CUgraph graph,
                CUgraphNode node) noexcept;
  void launched(launching_thread& thread, seen_launch const& launch, bool good) noexcept;

 private:
  [[nodiscard]] launch_row row_of(launching_thread const& thread, seen_launch const& launch) const;
  /// Its kernel and where it runs.
  void identify(launch_row& row, launching_thread const& thread, seen_launch const& launch) const;
  /// Counts the launch among those that the user's choice is about: to be asked once.
  [[nodiscard]] bool is_unwanted(seen_launch const& launch) const noexcept;
  /// \returns whether the launch needs nothing of the counter
  bool launch_beside(launching_thread& thread, seen_launch const& launch) noexcept;
  void launch_alone(launching_thread& thread, seen_launch const& launch) noexcept;
  /// Lets others in again beside the launch of this thread, which stays inside.
  void stay_beside(launching_thread& thread) noexcept;
  [[nodiscard]] thread_rows& rows_of(launching_thread& thread);
  void add_beside(launching_thread& thread) noexcept;
  /// \returns whether the row is in `rows_`, or the first pass has it; false: it belongs to the thread's rows
  bool add_row(launching_thread& thread);
  void take_back_row() noexcept;
  void leave_out(loss_kind const& why, char const* kernel) noexcept;
  void note_left_out() noexcept;
  /// Moves the rows of launches that are only listed.
  void spool_listed() noexcept;

  /// Keeps others out, and waits until none is inside.
  void close() noexcept;
  /// With the mutex. \returns false where one is inside
  bool try_close() noexcept;
  void open() noexcept;

  std::atomic<CUcontext> context_;
  std::atomic<std::uint32_t> uid_;
  shared_tables* shared_;

  std::mutex mutex_;                 ///< of who is alone, or wants to be, or copies what waits
  std::atomic<bool> copied_{false};  ///< who has the mutex copies, and gives it back at once
  std::atomic<bool> closed_{false};  ///< nobody may go in beside others
  enum class state : std::uint8_t { idle, recording, ended } state_ = state::idle;
  launch_rows rows_;
  std::unique_ptr<launch_rows> ranges_;
  std::unique_ptr<launch_counter> counter_;  ///< null: launches are listed, not measured
  std::mutex threads_mutex_;                 ///< guards the list of the spool's threads
  uncounted_work uncounted_;
  std::atomic<std::int64_t> last_kernel_{0};  ///< launched here; 0: none
  std::atomic<bool> rests_{false};            ///< the profiler is stopped, by `rest`
  loss_kind const* left_out_why_ = nullptr;   ///< of the last launch without counters that was alone
  std::int64_t left_out_ = 0;                 ///< for that cause, not noted yet
};

}  // namespace flopwatch::collect
