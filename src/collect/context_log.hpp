// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "collect/launch_counter.hpp"
#include "collect/launch_rows.hpp"
#include "collect/launch_tracker.hpp"
#include "collect/launch_watchdog.hpp"

namespace flopwatch::collect {

/// What one context launches in one run: its rows in launch order, each with one value for each metric, NaN
/// where none was collected.
///
/// Three states: idle until `count` or `list`, then recording, then ended. The lock is held from the ENTER to
/// the EXIT of each launching call, so that two threads cannot launch in another order than that of their
/// rows, and so that recording never begins or ends inside one.
class context_log {
 public:
  /// \param values_per_row metrics of the run
  context_log(CUcontext context, std::uint32_t uid, shared_tables& shared, std::size_t values_per_row);

  /// Null once the context is gone.
  [[nodiscard]] CUcontext context() const noexcept { return context_.load(std::memory_order_acquire); }
  void context_is_gone() noexcept { context_.store(nullptr, std::memory_order_release); }
  /// CUPTI's number of the context, unique in the process; 0 before its first launch.
  [[nodiscard]] std::uint32_t uid() const noexcept { return uid_; }
  /// For the counter; under the log's lock.
  [[nodiscard]] launch_rows& rows() noexcept { return rows_; }
  /// The launches. After the run.
  [[nodiscard]] launch_spool& launches() noexcept { return rows_.spooled(); }
  /// The scope ranges; null where each launch has its own counters. After the run.
  [[nodiscard]] launch_spool* ranges() noexcept { return ranges_ == nullptr ? nullptr : &ranges_->spooled(); }

  /// Lists launches from here on, without counters.
  void list();
  /// Counts from here on. The context is current. \throws cupti_error
  /// \param counter of `rows()`
  /// \param ranges those of `counter`, where it counts by scope
  void count(std::unique_ptr<launch_counter> counter, std::unique_ptr<launch_rows> ranges);
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

  /// The program waits for the GPU now, in the context, which is current: a good place to read the counters.
  void turn() noexcept;

  void launching(seen_launch const& launch, std::uint64_t thread) noexcept;
  /// The launch that is counted now; for any thread.
  [[nodiscard]] open_launch const& counted_now() const noexcept { return counted_now_; }
  /// The open launch became a node of a graph.
  void captured(seen_launch const& launch, CUgraph graph, CUgraphNode node) noexcept;
  void launched(seen_launch const& launch, bool good) noexcept;

 private:
  [[nodiscard]] launch_row row_of(seen_launch const& launch, std::uint64_t thread);
  void add_row(launch_row row);
  void take_back_row() noexcept;
  void leave_out(loss_kind const& why, char const* kernel) noexcept;
  void note_left_out() noexcept;
  /// Moves the rows of launches that are only listed.
  void spool_listed() noexcept;

  std::atomic<CUcontext> context_;
  std::uint32_t uid_;
  shared_tables* shared_;

  std::mutex mutex_;
  enum class state : std::uint8_t { idle, recording, ended } state_ = state::idle;
  launch_rows rows_;
  std::unique_ptr<launch_rows> ranges_;
  std::unique_ptr<launch_counter> counter_;  ///< null: launches are listed, not measured
  open_launch counted_now_;
  loss_kind const* left_out_why_ = nullptr;  ///< of the last launch without counters
  std::int64_t left_out_ = 0;                ///< for that cause, not noted yet
  bool was_captured_ = false;                ///< the open launch
};

}  // namespace flopwatch::collect
