// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/collector.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <thread>
#include <utility>

#include "collect/by_launch.hpp"
#include "collect/by_scope.hpp"
#include "collect/graph_events.hpp"
#include "cupti/device_checks.hpp"
#include "flopwatch/error.hpp"

namespace flopwatch::collect {
using namespace cupti;

collector::collector(api const& cupti, driver_api const& driver, collection_plan plan)
    : cupti_(&cupti),
      driver_(&driver),
      plan_(std::move(plan)),
      shared_(plan_.raw, waiting_kernels(plan_.waiting_kernels), plan_.launches),
      groups_(plan_.groups.size()) {
  if (plan_.replay == CUPTI_KernelReplay) shared_.losses.note(loss::kernel_replay);
}

collector::~collector() {
  if (!process_.is_this()) {
    // In a forked child the threads are the parent's, and their locks are as they were at that moment.
    static_cast<void>(watchdog_.release());
    for (auto& group : logs_) {
      for (auto& log : group) static_cast<void>(log.release());
    }
    logs_.clear();
  }
  watchdog_.reset();
  tracker_.reset();
  for (auto& group : logs_) {
    for (auto& log : group) {
      abandon(*log, loss::context_not_measured, "its context was gone before its counters were read");
    }
  }
}

void collector::abandon(context_log& log, loss_kind const& kind, char const* detail) noexcept {
  auto* const context = log.context();
  if (context != nullptr && process_.is_this()) {
    try {
      current_context const current(*driver_, context);
      log.abandon(kind, detail);
      return;
    } catch (error const&) {
      // The context is unusable.
    }
  }
  log.abandon(kind, detail);
}

void collector::begin_run() {
  if (primary_ == nullptr) primary_ = std::make_unique<primary_context>(*driver_, plan_.device);
  if (!group_is_open_) start_group();
  if (watchdog_ == nullptr && count_now()) watch_launches();
  if (tracker_ == nullptr) {
    tracker_ = std::make_unique<launch_tracker>(*cupti_, *this);
    // A launching call of another thread that began before the subscription would get a range but no row.
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  shared_.choice.restart();
  current_context const current(*driver_, primary_->get());
  for (bool again = true; again;) {
    again = false;
    try {
      start_run();
    } catch (error const& e) {
      if (!leave_out_too_long(e)) {
        run_without_counters(e);
      } else if (!groups_.done()) {
        start_group();
        again = true;
      }
    }
  }
  group_is_open_ = true;
  running_.store(true, std::memory_order_release);
}

void collector::start_run() {
  if (!group_is_open_) {
    count_primary();
    return;
  }
  for (auto& log : current_logs()) {
    if (log->context() == nullptr) continue;
    current_context const its(*driver_, log->context());
    log->next_pass();
  }
}

void collector::run_without_counters(error const& why) {
  refuse(why);
  for (auto& log : current_logs()) {
    if (group_is_open_) {  // an earlier pass has listed its launches
      abandon(*log, first_group() ? loss_of_refusal(why.code()) : loss::counters_failed, "");
    } else {
      log->list();
    }
  }
}

void collector::watch_launches() {
  watchdog_ = watchdog_of(plan_.longest_launch, shared_,
                          [this](std::function<void(open_launch::place const&)> const& visit) {
                            shared_.threads.for_each([&](launching_thread const& thread) {
                              if (auto const open = thread.counted_now.now()) visit(*open);
                            });
                          });
}

void collector::start_group() {
  std::unique_lock const lock(logs_mutex_);
  contexts_.fetch_add(1, std::memory_order_acq_rel);
  logs_.emplace_back();
  groups_of_logs_.push_back(groups_.current());
  // Added before the first callback, so that no launch is inside a call when counting begins. CUPTI's number
  // of the context is known only at its first launch.
  add(primary_->get(), 0);
}

void collector::count_primary() {
  auto& log = *find(primary_->get());
  if (!count_now()) {
    log.list();
    return;
  }
  if (plan_.refused) std::rethrow_exception(plan_.refused);
  auto made = open_counter(log);
  log.count(std::move(made.counter), std::move(made.ranges));
}

bool collector::is_counted_device(CUcontext context) {
  auto const counted = is_on_device(*cupti_, context, plan_.device, shared_.losses);
  if (!counted || *counted) return counted.value_or(false);
  elsewhere_.fetch_add(1, std::memory_order_relaxed);
  std::unique_lock const lock(logs_mutex_);
  contexts_elsewhere_.push_back(context);
  return false;
}

bool collector::is_elsewhere(CUcontext context) noexcept {
  std::shared_lock const lock(logs_mutex_);
  auto const& known = contexts_elsewhere_;
  return std::find(known.begin(), known.end(), context) != known.end();
}

void collector::refuse(error const& why) noexcept {
  if (!first_group() || !refusal_.empty()) {
    group_failed_ = true;
    shared_.losses.note(loss::counters_failed, 1, why.what());
    return;
  }
  try {
    refusal_ = why.what();
    shared_.losses.note(loss_of_refusal(why.code()), 1, refusal_);
  } catch (...) {
    // Out of memory.
  }
}

bool collector::end_run() noexcept {
  running_.store(false, std::memory_order_release);
  bool all_in = true;
  {
    // From here on nobody adds a log. The lock is not held below: to end a pass is to wait for a launch,
    // which can wait for a thread that looks for its log.
    std::unique_lock const lock(logs_mutex_);
  }
  if (std::exchange(first_run_, false)) {  // its launches are the listed ones
    if (auto const n = elsewhere_.load(); n > 0) shared_.losses.note(loss::launches_elsewhere, n);
    if (auto const n = passed_by_.load(); n > 0) shared_.losses.note(loss::launches_not_profiled, n);
  }
  for (auto& log : current_logs()) {
    if (log->context() == nullptr) continue;  // read when the context was destroyed
    try {
      current_context const current(*driver_, log->context());
      all_in = log->end_pass() && all_in;
    } catch (error const& e) {
      shared_.losses.note(loss::context_not_measured, 1, e.what());
      log->abandon();
    }
  }
  if (shared_.too_few_ranges.exchange(false)) {
    end_too_long_group();
  } else {
    if (!all_in && !group_failed_) return false;
    group_is_open_ = false;
    // The groups before it keep their values; a failed group counts as not asked for. Its logs stay: a thread
    // can be about to lock one.
    if (group_failed_) return true;
    if (!groups_.done()) groups_.complete();
  }
  return groups_.done() || !refusal_.empty();
}

context_log* collector::find(CUcontext context) noexcept {
  std::shared_lock const lock(logs_mutex_);
  if (logs_.empty()) return nullptr;
  for (auto const& log : current_logs()) {
    if (log->context() == context) return log.get();
  }
  return nullptr;
}

bool collector::count_now() const noexcept { return !groups_.done() && refusal_.empty(); }

context_log& collector::add(CUcontext context, std::uint32_t uid) {
  auto const values =
      count_now() && plan_.scope_depth == 0 ? plan_.groups[groups_.current()].metrics.size() : 0;
  return *current_logs().emplace_back(std::make_unique<context_log>(context, uid, shared_, values));
}

collector::opened collector::open_counter(context_log& log) {
  auto const& group = plan_.groups[groups_.current()];
  bool const by_scope_ranges = plan_.scope_depth > 0;
  auto* const first = first_log(log.context());
  auto* const first_ranges = first == nullptr ? nullptr : first->ranges();
  range_request request;
  request.context = log.context();
  request.metrics = group.metrics;
  request.config = group.config;
  request.max_ranges = plan_.max_ranges;
  request.replay = plan_.replay;
  if (by_scope_ranges) request.range = CUPTI_UserRange;
  counting how;
  how.evaluate = plan_.evaluate;
  how.metric_group = static_cast<std::int64_t>(groups_.current());
  how.in_chunks = group.passes == 1 || plan_.replay == CUPTI_KernelReplay;
  // Passes are over one and the same chunk, so it must hold the whole run. The first group shows its length.
  if (!how.in_chunks && first != nullptr) {
    auto const* const rows = by_scope_ranges ? first_ranges : &first->launches();
    if (rows != nullptr) {
      request.max_ranges = std::max(request.max_ranges, static_cast<std::size_t>(rows->size()));
    }
  }
  how.wait = [this] { wait_for_current_context(*driver_); };
  how.uncounted = &log.uncounted();
  how.isolate_ranges = plan_.isolate_ranges;
  how.session = open_session(request, how.in_chunks);
  if (how.in_chunks) {
    how.reopen = [this, request = std::move(request)](std::size_t max_ranges) mutable {
      request.max_ranges = max_ranges;
      return open_session(request, true);
    };
  }
  if (!by_scope_ranges) {
    return {std::make_unique<by_launch>(std::move(how), log.rows(), shared_), nullptr};
  }
  auto ranges = std::make_unique<launch_rows>(group.metrics.size());
  auto counter = std::make_unique<by_scope>(std::move(how), log.rows(), shared_,
                                            scope_ranges(plan_.scope_depth, *ranges, first_ranges));
  return {std::move(counter), std::move(ranges)};
}

std::unique_ptr<range_session> collector::open_session(range_request request, bool in_chunks) const {
  if (in_chunks) return open_with_fewer_ranges(*cupti_, std::move(request));
  return std::make_unique<range_session>(*cupti_, std::move(request));
}

context_log* collector::first_log(CUcontext context) const noexcept {
  if (logs_.size() < 2) return nullptr;
  for (auto const& log : logs_.front()) {
    if (log->context() == context) return log.get();
  }
  return nullptr;
}

std::vector<context_log*> collector::first_logs() {
  std::shared_lock const lock(logs_mutex_);
  std::vector<context_log*> out;
  if (logs_.empty()) return out;
  for (auto const& log : logs_.front()) out.push_back(log.get());
  return out;
}

context_log* collector::log_of(launching_thread& thread, seen_launch const& launch) {
  thread.contexts.update(contexts_.load(std::memory_order_acquire));
  auto const* known = thread.contexts.find(launch.context);
  if (known == nullptr) {
    auto* const log = find(launch.context);
    if (log == nullptr && !is_elsewhere(launch.context)) {
      return find_or_add(launch.context, launch.context_uid);
    }
    known = &thread.contexts.add(launch.context, log);
  }
  if (known->log == nullptr && running_.load(std::memory_order_acquire)) {
    elsewhere_.fetch_add(1, std::memory_order_relaxed);
  }
  return known->log;
}

context_log* collector::find_or_add(CUcontext context, std::uint32_t uid) {
  if (!running_.load(std::memory_order_acquire)) return nullptr;
  if (!is_counted_device(context)) return nullptr;
  context_log* log = nullptr;
  std::optional<context_log::lone> alone;
  {
    std::unique_lock const lock(logs_mutex_);
    if (!running_.load(std::memory_order_acquire)) return nullptr;  // the run ended meanwhile
    for (auto const& known : current_logs()) {
      if (known->context() == context) return known.get();
    }
    log = &add(context, uid);
    // Who finds the log waits for it alone: opening its profiler takes long, and may wait for other launches.
    alone.emplace(*log);
  }
  bool const counts = count_now();
  bool const held = counts && shared_.captures.any();
  if (held) shared_.losses.note(loss::context_not_measured, 1, "a stream was captured at its first launch");
  if (!counts || held) {
    log->list(*alone);
    return log;
  }
  try {
    auto made = open_counter(*log);
    log->count(*alone, std::move(made.counter), std::move(made.ranges));
  } catch (std::exception const& e) {
    shared_.losses.note(loss::context_not_measured, 1, e.what());
    log->list(*alone);
  }
  return log;
}

void collector::launching(seen_launch const& launch) noexcept {
  try {
    auto& thread = shared_.threads.this_one();
    thread.log = nullptr;
    thread.log = log_of(thread, launch);
    if (thread.log != nullptr) thread.log->launching(thread, launch);
  } catch (std::exception const& e) {
    shared_.losses.note(loss::context_not_measured, 1, e.what());
  }
}

void collector::passing_by(seen_launch const& launch) noexcept {
  try {
    auto& thread = shared_.threads.this_one();
    thread.log = nullptr;
    auto* const log = log_of(thread, launch);
    if (log == nullptr) return;
    passed_by_.fetch_add(1, std::memory_order_relaxed);
    log->rest(thread, launch);
  } catch (std::exception const& e) {
    shared_.losses.note(loss::context_not_measured, 1, e.what());
  }
}

void collector::launched(seen_launch const& launch, bool good) noexcept {
  auto* const thread = shared_.threads.this_one_if_known();
  if (thread == nullptr || thread->log == nullptr) return;
  std::exchange(thread->log, nullptr)->launched(*thread, launch, good);
}

void collector::captured(seen_launch const& launch, CUgraph graph, CUgraphNode node) noexcept {
  auto* const thread = shared_.threads.this_one_if_known();
  if (thread != nullptr && thread->log != nullptr) thread->log->captured(*thread, launch, graph, node);
}

void collector::context_ends(CUcontext context) noexcept {
  shared_.captures.context_ends(context);
  forget_put_off(context);
  {
    std::unique_lock const lock(logs_mutex_);
    std::erase(contexts_elsewhere_, context);  // the next one can have its address
    contexts_.fetch_add(1, std::memory_order_acq_rel);
  }
  auto* const log = find(context);
  if (log == nullptr) return;
  // The context is current here for the last time: what it has counted can still be read.
  if (!log->end_pass()) log->abandon();
  log->context_is_gone();
  contexts_.fetch_add(1, std::memory_order_acq_rel);
}

}  // namespace flopwatch::collect
