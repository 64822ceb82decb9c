// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "collect/kernel_table.hpp"
#include "collect/launch_spool.hpp"
#include "collect/launch_tracker.hpp"
#include "collect/loss_list.hpp"
#include "collect/raw_keeper.hpp"
#include "collect/scope_ranges.hpp"
#include "cupti/range_session.hpp"
#include "flopwatch/diagnostics.hpp"

namespace flopwatch::collect {

/// Values of the ranges in a decoded image: a row for each range, a value for each metric.
/// Called under the log's lock, from launching threads. May throw `error`.
using evaluate_image = std::function<void(std::vector<std::uint8_t> const& image, std::size_t range,
                                          std::span<std::string const> metrics, std::vector<double>& values)>;

/// What the logs of one collector write into together.
struct shared_tables {
  explicit shared_tables(raw_choice choice) : raw(choice) {}
  kernel_table kernels;
  loss_list losses;
  raw_keeper raw;
};

/// What one context launches in one run, and what its counters say: rows in launch order, each with one
/// value a metric, NaN where none was collected.
///
/// Three states: idle until `count` or `list`, then recording, then ended. The lock is held from the ENTER to
/// the EXIT of each launching call, so that two threads cannot launch in another order than the one their
/// rows stand in, and so that recording never begins or ends inside one.
class context_log {
 public:
  /// \param values_per_row metrics of the run
  /// \param group number of the group that is counted
  context_log(CUcontext context, std::uint32_t uid, shared_tables& shared, std::size_t values_per_row,
              std::int64_t group);

  /// Null once the context is gone.
  [[nodiscard]] CUcontext context() const noexcept { return context_.load(std::memory_order_acquire); }
  void context_is_gone() noexcept { context_.store(nullptr, std::memory_order_release); }
  /// CUPTI's number of the context, unique in the process; 0 before its first launch.
  [[nodiscard]] std::uint32_t uid() const noexcept { return uid_; }
  [[nodiscard]] launch_spool& spool() noexcept { return spool_; }
  [[nodiscard]] launch_spool const& spool() const noexcept { return spool_; }
  /// Null where each launch has its own counters.
  [[nodiscard]] scope_ranges* ranges() noexcept { return ranges_.get(); }

  /// Lists launches from here on, without counters.
  void list();
  /// Counts from here on. The context is current. \throws cupti_error
  /// \param in_chunks the counters may be read whenever the session's ranges are used up
  /// \param ranges by which launches are counted together; null: each by itself
  void count(std::unique_ptr<cupti::range_session> session, evaluate_image evaluate, bool in_chunks,
             std::unique_ptr<scope_ranges> ranges = nullptr);
  /// One more pass over the same launches (replay by the user). \throws cupti_error
  void next_pass();
  /// Ends a pass. The context is current on this thread.
  /// \returns true when all passes are in, and every row is in the spool
  bool end_pass() noexcept;
  /// Stops counting; what is not decoded yet is lost, and said to be, with `kind` and `detail`.
  void abandon(loss_kind const& kind = loss::context_not_measured,
               char const* detail = "its context was gone before its counters were read") noexcept;

  void launching(seen_launch const& launch, std::uint64_t thread) noexcept;
  void launched(bool good) noexcept;

 private:
  /// Decodes the chunk and moves it into the spool. \throws error
  void flush();
  void drop_chunk(loss_kind const& kind, std::string detail) noexcept;
  void spool_rows(bool with_values);
  void keep_raw(std::size_t ranges, bool lossy);
  [[nodiscard]] launch_row row_of(seen_launch const& launch, std::uint64_t thread);
  /// Reads the counters where the chunk is full, and sees to it that they count. \throws error
  void make_room_for(launch_row const& row);
  /// The same where launches are counted by scope; sets `covers`. \throws error
  void place_in_range(launch_row& row);
  void close_range();
  /// Moves the decoded ranges into their spool. \throws error
  void spool_ranges(bool with_values);
  [[nodiscard]] std::string what_does_not_match(std::size_t ranges) const;
  void add_row(launch_row row);
  bool same_as_before(launch_row const& row);

  std::atomic<CUcontext> context_;
  std::uint32_t uid_;
  shared_tables* shared_;
  std::int64_t group_;
  launch_spool spool_;

  std::mutex mutex_;
  std::unique_ptr<cupti::range_session> session_;  ///< null: launches are listed, not measured
  evaluate_image evaluate_;
  std::unique_ptr<scope_ranges> ranges_;
  std::vector<launch_row> chunk_;
  std::size_t spooled_ = 0;  ///< rows of the chunk that are in the spool already
  std::vector<double> values_;
  std::size_t capacity_ = 1024;
  bool in_chunks_ = true;
  std::size_t position_ = 0;  ///< in the chunk, from the second pass on
  int pass_ = 0;
  enum class state : std::uint8_t { idle, recording, ended } state_ = state::idle;
  bool passes_differ_ = false;
  bool differed_before_ = false;  ///< the launch that is being made
  std::int64_t order_ = 0;
};

}  // namespace flopwatch::collect
