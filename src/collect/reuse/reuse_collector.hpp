// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "collect/collector.hpp"
#include "collect/launch_counter.hpp"
#include "collect/launch_tracker.hpp"
#include "collect/reuse/check_session.hpp"
#include "collect/reuse/function_numbers.hpp"
#include "collect/reuse/kernel_params.hpp"
#include "collect/reuse/key_registry.hpp"
#include "collect/reuse/reuse_clock.hpp"
#include "collect/reuse/thread_launches.hpp"
#include "collect/variable_kernels.hpp"
#include "flopwatch/live.hpp"
#include "flopwatch/reuse.hpp"
#include "metrics/reuse/audits.hpp"
#include "metrics/reuse/budget.hpp"
#include "metrics/reuse/choices.hpp"
#include "metrics/reuse/disagreements.hpp"
#include "metrics/reuse/key_table.hpp"

namespace flopwatch::collect {

/// A check that the capture keeps: its image is among the raw ones.
struct kept_check {
  std::int64_t chunk = 0;  ///< from 1, in the order of the raw chunks
  std::int64_t range = 0;  ///< in the chunk
  launch_key const* key = nullptr;
  std::int64_t number = 0;
  std::size_t group = 0;
  std::vector<double> values;
};

/// Counts all launches of one device, and measures some: few of each key (see key_identity), and whole steps.
///
/// A launch that is not measured costs a look-up and a count. One that is measured runs alone, in a user
/// range between two synchronisations. Times go to a budget.
class reuse_collector final : public launch_sink {
 public:
  reuse_collector(cupti::api const& cupti, cupti::driver_api const& driver, collection_plan plan,
                  reuse_options options, clock_ns clock = steady_ns);
  ~reuse_collector() override;

  /// \throws cupti_error when not even launches can be seen
  void begin();
  /// Reads what was measured last.
  void end() noexcept;
  /// A step begins, or ends; on any thread, outside of a callback.
  void step_begins() noexcept;
  void step_ends() noexcept;
  /// What launches did since the mark, as far as it is known by now; moves it. On the thread of `begin`,
  /// before `end`; takes no lock that is held while a kernel runs.
  [[nodiscard]] reused_work since(reuse_mark& mark);

  // After `end`.
  [[nodiscard]] collection_plan const& plan() const noexcept { return plan_; }
  /// Why nothing is measured; "" when it is.
  [[nodiscard]] std::string const& refusal() const noexcept { return refusal_; }
  [[nodiscard]] kernel_table const& kernels() const noexcept { return shared_.kernels; }
  [[nodiscard]] graph_table const& graphs() const noexcept { return shared_.graphs; }
  [[nodiscard]] loss_list& losses() noexcept { return shared_.losses; }
  [[nodiscard]] raw_keeper& raw() noexcept { return shared_.raw; }
  [[nodiscard]] reuse::key_table const& table() const noexcept { return table_; }
  [[nodiscard]] std::vector<reuse::audits> const& audits() const noexcept { return audits_; }
  /// Audits that differed by more than variable keys explain, and no key of theirs was found to vary later.
  [[nodiscard]] std::int64_t disagreements() const noexcept { return disagreements_.count(); }
  /// Why some steps could not be audited; "" where nothing stood in the way.
  [[nodiscard]] std::string const& why_not_audited() const noexcept { return why_not_audited_; }
  [[nodiscard]] std::vector<kept_check> const& kept() const noexcept { return kept_; }
  [[nodiscard]] reuse::budget const& spent() const noexcept { return budget_; }
  /// Calls `visit` with each launch_count of each thread.
  template <class Visit>
  void for_each_count(Visit const& visit) const {
    std::lock_guard const lock(threads_mutex_);
    for (auto const& thread : threads_) thread.for_each(visit);
  }

  void launching(seen_launch const& launch) noexcept override;
  void passing_by(seen_launch const& launch) noexcept override;
  void launched(seen_launch const& launch, bool good) noexcept override;
  void captured(seen_launch const& launch, CUgraph graph, CUgraphNode node) noexcept override;
  void synchronising(CUcontext context) noexcept override;
  void capture_call_begins(CUcontext context, capture_call const& call) noexcept override;
  void capture_call_ended(CUcontext context, capture_call const& call, CUresult code) noexcept override;
  void graph_changed(graph_event const& event) noexcept override;
  void context_ends(CUcontext context) noexcept override;
  void module_loaded(std::span<std::byte const> image) noexcept override;
  void module_unloads(std::span<std::byte const> image) noexcept override;

 private:
  /// Measuring ends for good when so many readings in a row have failed.
  static constexpr int most_failures = 3;
  /// Another thread's launch ends within this time, or nothing is measured now.
  static constexpr std::chrono::milliseconds gate_patience{500};
  static constexpr std::int64_t longest_step_ns = 60'000'000'000;

  struct open_step {
    CUcontext context = nullptr;
    std::int64_t began_ns = 0;
    std::int64_t passed_by = 0;  ///< as `passed_by_`
    std::int64_t beside = 0;     ///< as `beside_`
    bool good = true;            ///< false: something else can be in its range
    std::vector<std::pair<launch_count const*, std::int64_t>> before;
  };

  // On a launching thread.
  thread_launches* this_thread();
  /// The context is on the device. Also tells whether it is another one than the primary one.
  [[nodiscard]] bool is_counted(thread_launches& mine, CUcontext context);
  launch_count* count_of(thread_launches& mine, seen_launch const& launch);
  launch_count& add(thread_launches& mine, launch_identity const& identity, std::uint64_t hash,
                    seen_launch const& launch);
  /// Of a kernel's parameters: equal for launches with the same ones.
  std::uint64_t parameters_of(launch_key& key, seen_launch const& launch);
  launch_key* key_of(launch_identity const& identity, seen_launch const& launch);
  /// As graph_kernel::work. Without parameters: those of graphs that are captured again and again can change
  /// each time, and none would be learned.
  [[nodiscard]] std::uint64_t work_of(seen_launch const& launch) noexcept;
  /// As key_identity::function.
  [[nodiscard]] std::int64_t function_of(launch_identity const& identity, seen_launch const& launch);
  /// Threads look up again what they launch.
  void functions_changed() noexcept { epoch_.fetch_add(1, std::memory_order_acq_rel); }
  /// The function of a launch that was counted turned out to be another one.
  void count_again(thread_launches& mine, seen_launch const& launch) noexcept;
  void choose(thread_launches& mine, seen_launch const& launch) noexcept;
  void measured(thread_launches& mine, bool good) noexcept;
  void look() noexcept;

  // With `measuring_` held.
  bool may_measure(bool learning, std::int64_t cost_ns) noexcept;
  /// As launch_gate::close; what others keep it waiting is taken from the budget.
  [[nodiscard]] bool launch_alone(launch_gate::place const& mine, bool learning) noexcept;
  void arm();
  void arm_learners() noexcept;
  void arm_random();
  [[nodiscard]] check_session& session_of(CUcontext context, std::uint32_t uid);
  void open(check_session& session);
  void read(check_session& session) noexcept;
  void take(measured_range const& range, std::vector<double> const& values, std::size_t group);
  void take_step(measured_range const& range, std::vector<double> const& values, std::size_t group);
  void drop(measured_range const& range, std::size_t group) noexcept;
  void give_up(check_session& session, std::exception const& why) noexcept;
  void end_step(bool good) noexcept;
  /// A step was measured that cannot be compared, and further ones of its kind neither: the next one that is
  /// tried comes ever later.
  void audit_was_in_vain(launch_key const* never_measured) noexcept;
  /// Reads checks that wait where some launches have no counts before, at the end of a step: a program that
  /// waits for the GPU nowhere else would know them too late.
  void read_first_checks() noexcept;
  void next_group() noexcept;
  [[nodiscard]] bool learns_now() const noexcept;
  /// \returns an owner only when the lock came in time: it is held while a kernel runs
  [[nodiscard]] std::unique_lock<std::mutex> lock_in_time() noexcept;
  void watch_launches();
  [[nodiscard]] bool wants_turn(check_session const& session) const noexcept;

  [[nodiscard]] std::int64_t launches_of(launch_key const& key) const;
  [[nodiscard]] double flops_of_values(std::span<double const> values, std::size_t group) const;
  void refuse(error const& why) noexcept;
  /// Takes it from the budget.
  void spend(std::int64_t cost_ns, bool learning) noexcept {
    budget_.spend(cost_ns, learning);
    spent_ns_.store(budget_.spent_ns(), std::memory_order_relaxed);
  }
  /// FLOPs of one unit of each metric, group by group, as flops_of weighs them in a plan that has them all.
  struct metric_weight {
    flopwatch::precision precision = flopwatch::precision::unknown;
    std::int64_t flops = 0;
  };
  [[nodiscard]] std::vector<std::vector<metric_weight>> weights() const;

  cupti::api const* cupti_;
  cupti::driver_api const* driver_;
  collection_plan plan_;
  reuse_options options_;
  clock_ns clock_;
  shared_tables shared_;
  std::string refusal_;
  std::unique_ptr<cupti::primary_context> primary_;
  std::unique_ptr<launch_tracker> tracker_;
  std::atomic<bool> running_{false};
  std::uint64_t const generation_;
  std::atomic<std::uint64_t> epoch_{1};
  launch_gate gate_;

  mutable std::mutex threads_mutex_;
  std::deque<thread_launches> threads_;
  key_registry keys_;
  std::atomic<std::int64_t> elsewhere_{0};
  std::atomic<std::int64_t> without_key_{0};
  std::atomic<std::int64_t> beside_{0};     ///< launches of other contexts than the primary one
  std::atomic<std::int64_t> passed_by_{0};  ///< launches while the program had profiling switched off

  /// Held by whoever measures, from the ENTER to the EXIT of a launch: it waits for the GPU.
  std::mutex measuring_;
  std::deque<check_session> sessions_;
  std::optional<open_step> step_;
  check_session* measuring_in_ = nullptr;
  measured_range open_range_;
  std::int64_t passed_by_before_ = 0;  ///< that range
  std::int64_t began_ns_ = 0;
  std::size_t group_ = 0;  ///< that is loaded, or will be
  reuse::budget budget_;
  std::atomic<std::int64_t> spent_ns_{0};            ///< of the budget, for those who do not hold the lock
  std::vector<std::vector<metric_weight>> weights_;  ///< of the thread that reads
  reuse::turns turns_;
  double check_cost_ns_ = 1e6;  ///< of the last ones, on average; at first what an H200 takes
  double read_cost_ns_ = 0;
  std::size_t turns_in_vain_ = 0;  ///< readings in a row in which no key learned
  std::mt19937_64 random_;
  std::int64_t last_check_ns_ = 0;
  int failures_ = 0;                  ///< in a row
  launch_key* random_key_ = nullptr;  ///< armed for a check at random
  std::int64_t random_since_ns_ = 0;
  open_launch counted_now_;
  std::vector<reuse::audits> audits_;
  reuse::disagreements disagreements_;
  int audits_in_vain_ = 0;          ///< in a row
  std::int64_t steps_to_pass_ = 0;  ///< before an audit is tried again
  std::string why_not_audited_;
  std::vector<kept_check> kept_;
  std::int64_t chunks_ = 0;

  mutable std::mutex table_mutex_;  ///< guards `table_`; never held while anybody waits
  reuse::key_table table_;
  variable_kernels variable_;
  kernel_params params_;
  function_numbers functions_;
  std::atomic<std::uint64_t> modules_{1};  ///< that were loaded so far
  std::atomic<std::int64_t> last_look_ns_{0};
  cupti::fork_guard process_;
  std::unique_ptr<launch_watchdog> watchdog_;  ///< ends before all that it looks at
};

}  // namespace flopwatch::collect
