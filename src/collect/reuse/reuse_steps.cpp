// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Whole steps that a reuse_collector measures, and how it begins and ends.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <thread>
#include <utility>

#include "collect/graph_events.hpp"
#include "collect/reuse/reuse_collector.hpp"
#include "cupti/device_checks.hpp"
#include "flopwatch/error.hpp"

namespace flopwatch::collect {
using namespace cupti;
namespace {

/// A launch that is measured hangs when it takes longer than this.
constexpr std::chrono::seconds launch_patience{5};
/// So long without a check, and those that wait are read at the end of a step.
constexpr std::int64_t patience_of_checks_ns = 20'000'000;
/// After many audits in vain so many steps pass by, 2 to this power, before the next one.
constexpr int most_doublings = 10;
/// Differences beyond so many standard deviations of a step's variable keys are not theirs.
constexpr double deviations_explained = 4;

}  // namespace

std::unique_lock<std::mutex> reuse_collector::lock_in_time() noexcept {
  std::unique_lock lock(measuring_, std::try_to_lock);
  auto const end = std::chrono::steady_clock::now() + launch_patience;
  while (!lock.owns_lock() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::microseconds(50));
    static_cast<void>(lock.try_lock());
  }
  return lock;
}

void reuse_collector::begin() {
  primary_ = std::make_unique<primary_context>(*driver_, plan_.device);
  tracker_ = std::make_unique<launch_tracker>(*cupti_, *this);
  if (!plan_.groups.empty()) {
    current_context const current(*driver_, primary_->get());
    std::lock_guard const lock(measuring_);
    try {
      if (plan_.refused) std::rethrow_exception(plan_.refused);
      // Whether the counters can be read at all shows at the first start.
      auto& session = session_of(primary_->get(), 0);
      open_range_.learning = true;
      open(session);
      session.start();
    } catch (error const& e) {
      for (auto& session : sessions_) session.close([](measured_range const&) {});
      refuse(e);
    }
    if (refusal_.empty()) watch_launches();
  }
  running_.store(true, std::memory_order_release);
}

void reuse_collector::watch_launches() {
  watchdog_ = watchdog_of(plan_.longest_launch, shared_,
                          [this](std::function<void(open_launch::place const&)> const& visit) {
                            if (auto const open = counted_now_.now()) visit(*open);
                          });
}

void reuse_collector::refuse(error const& why) noexcept {
  try {
    failures_ = most_failures;
    refusal_ = why.what();
    shared_.losses.note(loss_of_refusal(why.code()), 1, refusal_);
  } catch (...) {
    // Out of memory.
  }
}

void reuse_collector::end() noexcept {
  running_.store(false, std::memory_order_release);
  auto lock = lock_in_time();
  if (!lock.owns_lock()) {
    // Waits for the launch. What it still writes must not change while the capture is written.
    tracker_.reset();
    lock.lock();
  }
  end_step(false);
  for (auto& session : sessions_) {
    if (!session.is_open() || session.context() == nullptr) continue;
    // It was read before the capture began.
    if (shared_.captures.any() && !session.started()) {
      session.put_off([&](measured_range const& r) { drop(r, session.group()); });
      continue;
    }
    try {
      current_context const current(*driver_, session.context());
      read(session);
      session.close([](measured_range const&) {});
    } catch (std::exception const& e) {
      give_up(session, e);
    }
  }
  lock.unlock();
  tracker_.reset();
  if (auto const n = elsewhere_.load(); n > 0) shared_.losses.note(loss::launches_elsewhere, n);
  if (auto const n = passed_by_.load(); n > 0) shared_.losses.note(loss::launches_not_profiled, n);
  if (auto const n = without_key_.load(); n > 0) shared_.losses.note(loss::reuse_table_full, n);
}

void reuse_collector::step_begins() noexcept {
  if (!options_.audits || !running_.load(std::memory_order_acquire)) return;
  std::unique_lock const lock(measuring_, std::try_to_lock);
  if (!lock.owns_lock() || step_ || shared_.captures.any() || !refusal_.empty()) return;
  if (steps_to_pass_ > 0) {
    --steps_to_pass_;
    turns_.pass_audit();
    return;
  }
  std::uniform_real_distribution<double> uniform(0, 1);
  // Any step, not always the first one for which there is enough.
  if (uniform(random_) < 0.5 || failures_ >= most_failures) return;
  budget_.tick(clock_());
  if (!turns_.allows_audit(budget_, static_cast<std::int64_t>(check_cost_ns_ + read_cost_ns_))) return;
  launch_gate::place const outside;
  if (!launch_alone(outside, false)) return;
  auto const begins_ns = clock_();
  check_session* session = nullptr;
  try {
    current_context const current(*driver_, primary_->get());
    session = &session_of(primary_->get(), 0);
    if (session->is_full() || (session->is_open() && session->group() != group_)) read(*session);
    open_range_ = {};
    if (!session->is_open()) open(*session);
    open_step step{primary_->get(), begins_ns, passed_by_.load(), beside_.load(), true, {}};
    wait_for_current_context(*driver_);
    for_each_count([&](launch_count const& c) {
      step.before.emplace_back(&c, c.launches.load(std::memory_order_relaxed));
    });
    session->push();
    step_ = std::move(step);
    turns_.took(uniform(random_));
  } catch (std::exception const& e) {
    if (session != nullptr) give_up(*session, e);
  }
  if (!gate_.open() && step_) step_->good = false;
  auto const now = clock_();
  spend(now - begins_ns, false);
}

void reuse_collector::step_ends() noexcept {
  auto const lock = lock_in_time();
  if (!lock.owns_lock()) return;
  end_step(true);
  if (running_.load(std::memory_order_acquire)) read_first_checks();
}

void reuse_collector::read_first_checks() noexcept {
  if (shared_.captures.any() || failures_ >= most_failures) return;
  // The clock went back, or nothing was checked for a while: no more of them will come soon.
  auto const since_check_ns = clock_() - last_check_ns_;
  if (since_check_ns >= 0 && since_check_ns < patience_of_checks_ns) return;
  if (!budget_.allows(static_cast<std::int64_t>(read_cost_ns_), true)) return;
  for (auto& session : sessions_) {
    if (!session.is_open() || session.range_is_open() || session.context() == nullptr) continue;
    auto const& waiting = session.waiting();
    bool const first = std::any_of(waiting.begin(), waiting.end(), [&](measured_range const& r) {
      if (r.key == nullptr) return false;
      std::lock_guard const table(table_mutex_);
      return table_.checks(r.key->number, session.group()).count() == 0;
    });
    launch_gate::place const outside;
    if (!first || !launch_alone(outside, true)) continue;
    try {
      current_context const current(*driver_, session.context());
      wait_for_current_context(*driver_);
      read(session);
    } catch (std::exception const& e) {
      give_up(session, e);
    }
    static_cast<void>(gate_.open());
  }
}

void reuse_collector::audit_was_in_vain(launch_key const* never_measured) noexcept {
  audits_in_vain_ = std::min(audits_in_vain_ + 1, most_doublings);
  steps_to_pass_ = std::int64_t{1} << audits_in_vain_;
  if (!why_not_audited_.empty()) return;
  try {
    if (never_measured == nullptr) {
      why_not_audited_ = "steps launch in several contexts, and one is measured";
    } else if (never_measured->waits) {
      why_not_audited_ = "steps have kernels that wait for others and are never measured: " +
                         demangled(shared_.kernels.name_of(never_measured->identity.kernel));
    } else {
      why_not_audited_ = "steps have kinds of kernels that there was no room for";
    }
  } catch (std::exception const&) {
    // Out of memory.
  }
}

void reuse_collector::end_step(bool good) noexcept {
  if (!step_) return;
  auto const step = std::move(*step_);
  step_.reset();
  auto const begins_ns = clock_();
  launch_gate::place const outside;
  good = gate_.close(outside, gate_patience) && good && step.good && !shared_.captures.any();
  // The range is of one context, and what was launched is of all.
  bool const beside = beside_.load() != step.beside;
  auto& session = session_of(step.context, 0);
  try {
    current_context const current(*driver_, step.context);
    measured_range range{nullptr, 0, false, good && !beside, {}};
    std::map<launch_count const*, std::int64_t> const before(step.before.begin(), step.before.end());
    std::map<launch_key*, step_key> launched;
    launch_key const* never_measured = nullptr;
    for_each_count([&](launch_count const& c) {
      auto const was = before.find(&c);
      auto const now = c.launches.load(std::memory_order_relaxed);
      auto& of_key = launched[c.key];
      of_key.number += now;
      range.number += now;
      of_key.launches += now - (was == before.end() ? 0 : was->second);
    });
    for (auto& [key, of_key] : launched) {
      of_key.key = key;
      if (of_key.launches == 0) continue;
      range.step.push_back(of_key);
      if (!key->measurable && (never_measured == nullptr || key->waits)) never_measured = key;
    }
    if (never_measured != nullptr) range.good = false;
    if (beside || never_measured != nullptr) {
      audit_was_in_vain(never_measured);
    } else if (good) {
      audits_in_vain_ = 0;
    }
    // What is thrown away needs no wait, and a kernel that waits for others must not be waited for.
    if (range.good && !shared_.captures.any()) wait_for_current_context(*driver_);
    session.pop(std::move(range));
    if (!gate_.open() || passed_by_.load() != step.passed_by) session.spoil_last();
  } catch (std::exception const& e) {
    static_cast<void>(gate_.open());
    give_up(session, e);
  }
  spend(clock_() - begins_ns, false);
}

void reuse_collector::take_step(measured_range const& range, std::vector<double> const& values,
                                std::size_t group) {
  if (range.step.empty()) return;  // to agree on nothing proves nothing
  std::vector<double> expected(values.size());
  double variance = 0;
  reuse::audited_step step;
  step.run_launches = range.number;
  std::unique_lock table(table_mutex_);
  for (auto const& [key, number, launches] : range.step) {
    auto const& checks = table_.checks(key->number, group);
    if (checks.count() == 0) return;  // not known yet: no audit
    auto const n = static_cast<double>(launches);
    auto const each = checks.at(number);
    if (table_.class_of(key->number) == reuse::key_class::constant) {
      step.constant_flops += n * checks.mean_flops();
    } else {
      step.variable.push_back({key->number, number, launches});
    }
    for (std::size_t m = 0; m < expected.size(); ++m) expected[m] += n * each[m];
    variance += n * checks.deviation_flops() * checks.deviation_flops();
  }
  table.unlock();
  for (auto& v : expected) v = std::round(v);
  bool const equal = expected == values;
  auto const measured_flops = flops_of_values(values, group);
  auto const expected_flops = equal ? measured_flops : flops_of_values(expected, group);
  step.measured_flops = measured_flops;
  step.expected_flops = expected_flops;
  if (audits_[group].count() == 0) {
    std::vector<reuse::audited_key> first;
    for (auto const& [key, number, launches] : range.step) first.push_back({key->number, number, launches});
    audits_[group].begin_at(std::move(first));
  }
  audits_[group].add(std::move(step));
  if (std::abs(measured_flops - expected_flops) <= deviations_explained * std::sqrt(variance)) return;
  std::vector<reuse::key_number> keys;
  for (auto const& k : range.step) keys.push_back(k.key->number);
  disagreements_.add(std::move(keys));
}

void reuse_collector::capture_call_begins(CUcontext context, capture_call const& call) noexcept {
  if (call.kind != capture_kind::begin) return;
  shared_.captures.begins(context, call.stream);
  auto lock = lock_in_time();
  if (!lock.owns_lock()) return;
  for (auto& session : sessions_) {
    if (session.context() != context || !session.started()) continue;
    launch_gate::place const outside;
    bool const alone = gate_.close(outside, gate_patience);
    if (step_ && session.range_is_open()) {
      step_.reset();
      try {
        session.pop({nullptr, 0, false, false, {}});
      } catch (std::exception const& e) {
        give_up(session, e);
      }
    }
    if (session.is_open()) read(session);
    if (alone) static_cast<void>(gate_.open());
  }
}

void reuse_collector::capture_call_ended(CUcontext context, capture_call const& call,
                                         CUresult code) noexcept {
  follow_capture_call(shared_, context, call, code);
  if (call.kind != capture_kind::update) return;
  functions_.forget(call.exec);
  functions_changed();
}

void reuse_collector::context_ends(CUcontext context) noexcept {
  shared_.captures.context_ends(context);
  forget_put_off(context);
  functions_.context_ends(context);
  functions_changed();
  auto lock = lock_in_time();
  if (!lock.owns_lock()) return;
  for (auto& session : sessions_) {
    if (session.context() != context) continue;
    if (step_ && step_->context == context) step_.reset();
    // The context is current here for the last time: what it has counted can still be read.
    if (session.is_open() && !session.range_is_open()) read(session);
    session.close([&](measured_range const& r) { drop(r, session.group()); });
    session.context_is_gone();
  }
}

}  // namespace flopwatch::collect
