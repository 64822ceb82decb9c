// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

#include "collect/context_log.hpp"
#include "collect/group_sequence.hpp"
#include "collect/kernel_table.hpp"
#include "collect/launch_tracker.hpp"
#include "collect/loss_list.hpp"
#include "cupti/api.hpp"
#include "cupti/driver_api.hpp"
#include "cupti/fork_guard.hpp"

namespace flopwatch::collect {

/// Metrics that are collected together, in one run of the user's function for each pass.
struct counter_group {
  std::vector<std::string> metrics;  ///< with rollup
  std::vector<std::string> units;    ///< of `metrics`
  std::vector<std::uint8_t> config;  ///< CUPTI's config image
  int passes = 1;                    ///< above 1: replay by the user runs the function once for each
};

/// What one context launched in one run. The spools are those of the collector.
struct counted_context {
  std::uint32_t uid = 0;             ///< CUPTI's number of the context
  launch_spool* launches = nullptr;  ///< never null
  launch_spool* ranges = nullptr;    ///< scope ranges; null where there are none
};

/// What was launched in the run of one group.
struct group_run {
  std::size_t group = 0;  ///< in the plan
  bool complete = false;  ///< every launch has the group's values
  std::vector<counted_context> contexts = {};
};

/// What a collector does.
struct collection_plan {
  int device = 0;                     ///< CUDA's ordinal among the visible devices
  std::vector<counter_group> groups;  ///< empty: launches are listed, nothing is measured
  CUpti_ProfilerReplayMode replay = CUPTI_UserReplay;
  std::size_t max_ranges = 64;  ///< launches, or scope ranges, between two readings of the counters
  int scope_depth = 0;          ///< above 0: launches are counted together, by scope down to that depth
  bool isolate_ranges = false;  ///< waits for the GPU before a scope range ends
  evaluate_image evaluate;      ///< thread-safe
  std::string chip;
  std::int64_t cupti_version = 0;
  raw_choice raw = raw_choice::sample;
  std::chrono::milliseconds longest_launch = std::chrono::seconds(10);  ///< then its kernel is named
  std::vector<std::string> waiting_kernels = {};                        ///< changes to the list
  chosen_launches launches = {};                                        ///< that are measured
  /// Groups of tensor-core formats that nothing in the first run works on are collected too.
  bool all_formats = true;
  std::exception_ptr refused = nullptr;  ///< an `error`: why the device's counters cannot be read
};

/// Counts the kernels of one device: launch tracker, range profiler and the rows that come from them.
/// `begin_run` and `end_run` alternate on one thread until `end_run` returns true. The user's program runs in
/// between, on any thread.
class collector final : public launch_sink {
 public:
  collector(cupti::api const& cupti, cupti::driver_api const& driver, collection_plan plan);
  ~collector() override;

  /// Starts the next run. When the counters cannot be read, launches are still listed and `refusal` says why.
  /// \throws cupti_error when not even launches can be seen
  void begin_run();
  /// \returns true when no further run is needed
  bool end_run() noexcept;
  /// As detail::recorder. After the first run it leaves out the groups that can count nothing.
  bool needs_run() noexcept;

  [[nodiscard]] collection_plan const& plan() const noexcept { return plan_; }
  /// Why nothing is measured; "" when it is.
  [[nodiscard]] std::string const& refusal() const noexcept { return refusal_; }

  /// The logs of the first run, while it goes on or afterwards. From any thread, as long as this lives.
  [[nodiscard]] std::vector<context_log*> first_logs();
  /// As `kernel_table::name_of`. From any thread.
  [[nodiscard]] std::string name_of_kernel(std::int64_t number) { return shared_.kernels.name_of(number); }

  /// Call it when no further run comes: what the open group has counted so far is lost, its launches are
  /// listed.
  void give_up_open_group();
  /// After the last run: one for each group whose run began, in their order. What is listed is the first one.
  [[nodiscard]] std::vector<group_run> runs() const;
  [[nodiscard]] kernel_table const& kernels() const noexcept { return shared_.kernels; }
  [[nodiscard]] graph_table const& graphs() const noexcept { return shared_.graphs; }
  [[nodiscard]] loss_list& losses() noexcept { return shared_.losses; }
  [[nodiscard]] raw_keeper& raw() noexcept { return shared_.raw; }

  void launching(seen_launch const& launch) noexcept override;
  void passing_by(seen_launch const& launch) noexcept override;
  void launched(seen_launch const& launch, bool good) noexcept override;
  void captured(seen_launch const& launch, CUgraph graph, CUgraphNode node) noexcept override;
  void synchronising(CUcontext context) noexcept override;
  void capture_call_begins(CUcontext context, capture_call const& call) noexcept override;
  void capture_call_ended(CUcontext context, capture_call const& call, CUresult code) noexcept override;
  void graph_changed(graph_event const& event) noexcept override;
  void context_ends(CUcontext context) noexcept override;

 private:
  [[nodiscard]] std::vector<std::unique_ptr<context_log>>& current_logs() noexcept { return logs_.back(); }
  context_log* find(CUcontext context) noexcept;
  /// The log of the context that the thread launches in; null where nothing is recorded. Without a lock where
  /// the thread has launched in it before.
  context_log* log_of(launching_thread& thread, seen_launch const& launch);
  context_log* find_or_add(CUcontext context, std::uint32_t uid);
  context_log& add(CUcontext context, std::uint32_t uid);
  [[nodiscard]] bool count_now() const noexcept;
  [[nodiscard]] bool first_group() const noexcept { return groups_.first(); }
  /// A context of another device, as found at its first launch.
  [[nodiscard]] bool is_elsewhere(CUcontext context) noexcept;
  /// Also notes a launch on another or an unknown device.
  [[nodiscard]] bool is_counted_device(CUcontext context);
  void watch_launches();
  void start_group();
  /// Starts the run of the group, or one more of its passes. \throws error
  void start_run();
  void run_without_counters(error const& why);
  void count_primary();
  /// A group of several passes must count the whole run, and the GPU refuses so many ranges.
  /// \returns false where `why` says something else
  bool leave_out_too_long(error const& why);
  /// A group of several passes has met more launches than it has ranges.
  void end_too_long_group() noexcept;
  void leave_out_group() noexcept;
  void leave_out_unseen_formats();
  /// A counter for the context, and its scope ranges, where it has such.
  struct opened {
    std::unique_ptr<launch_counter> counter;
    std::unique_ptr<launch_rows> ranges;
  };
  /// Opens the profiler, which takes long. The context is current. \throws error
  [[nodiscard]] opened open_counter(context_log& log);
  /// The log of that context in the first group's run; null in that run itself.
  [[nodiscard]] context_log* first_log(CUcontext context) const noexcept;
  [[nodiscard]] std::unique_ptr<cupti::range_session> open_session(cupti::range_request request,
                                                                   bool in_chunks) const;
  void refuse(error const& why) noexcept;
  /// Releases the profiler with the log's context current, as CUPTI requires.
  void abandon(context_log& log, loss_kind const& kind, char const* detail) noexcept;

  cupti::api const* cupti_;
  cupti::driver_api const* driver_;
  collection_plan plan_;
  shared_tables shared_;
  std::string refusal_;

  std::unique_ptr<cupti::primary_context> primary_;
  std::unique_ptr<launch_tracker> tracker_;
  std::atomic<bool> running_{false};
  group_sequence groups_;
  bool group_is_open_ = false;
  bool group_failed_ = false;
  std::shared_mutex logs_mutex_;            ///< guards the lists, not the logs in them
  std::atomic<std::uint64_t> contexts_{1};  ///< goes up when what threads know of the lists is void
  std::vector<std::vector<std::unique_ptr<context_log>>> logs_;
  std::vector<std::size_t> groups_of_logs_;
  std::vector<CUcontext> contexts_elsewhere_;  ///< as `logs_`
  std::atomic<std::int64_t> elsewhere_{0};
  std::atomic<std::int64_t> passed_by_{0};  ///< launches while the program had profiling switched off
  bool first_run_ = true;
  cupti::fork_guard process_;
  std::unique_ptr<launch_watchdog> watchdog_;  ///< ends before all that it looks at
};

}  // namespace flopwatch::collect
