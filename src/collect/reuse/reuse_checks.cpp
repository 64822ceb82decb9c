// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Which launches a reuse_collector measures, and how.
#include <algorithm>
#include <cmath>
#include <utility>

#include "collect/reuse/reuse_collector.hpp"
#include "flopwatch/error.hpp"
#include "flopwatch/metrics.hpp"

namespace flopwatch::collect {
using namespace cupti;
namespace {

constexpr std::int64_t ns_between_looks = 1'000'000;
/// So long without a check, and keys that wait for another group of metrics get it.
constexpr std::int64_t idle_ns = 50'000'000;
/// A random check waits so long for its launch; then another key is picked.
constexpr std::int64_t random_waits_ns = 2'000'000'000;
constexpr std::size_t most_kept_checks = 100'000;

/// Of the last costs, on average. A clock that jumps makes none of them endless.
double mixed(double old_ns, std::int64_t next_ns) noexcept {
  return 0.8 * old_ns +
         0.2 * static_cast<double>(std::clamp<std::int64_t>(next_ns, 0, reuse::budget::most_ns));
}

/// So much time has passed. A clock that went back tells nothing: then it has.
bool has_passed(std::int64_t limit_ns, std::int64_t since_ns, std::int64_t now_ns) noexcept {
  return now_ns < since_ns || now_ns - since_ns >= limit_ns;
}

}  // namespace

std::int64_t reuse_collector::launches_of(launch_key const& key) const {
  std::int64_t out = 0;
  for_each_count([&](launch_count const& c) {
    if (c.key == &key) out += c.launches.load(std::memory_order_relaxed);
  });
  return out;
}

double reuse_collector::flops_of_values(std::span<double const> values, std::size_t group) const {
  std::map<std::string, std::optional<std::int64_t>> sums;
  auto const& metrics = plan_.groups[group].metrics;
  for (std::size_t m = 0; m < metrics.size(); ++m) sums[metrics[m]] = static_cast<std::int64_t>(values[m]);
  auto const flops = flops_of(sums);
  return flops ? static_cast<double>(flops->flops) : 0;
}

check_session& reuse_collector::session_of(CUcontext context, std::uint32_t uid) {
  for (auto& s : sessions_) {
    if (s.context() == context) return s;
  }
  return sessions_.emplace_back(context, uid);
}

void reuse_collector::open(check_session& session) {
  auto const begins_ns = clock_();
  auto const& group = plan_.groups[group_];
  range_request request{session.context(), group.metrics,   group.config,
                        plan_.max_ranges,  CUPTI_UserRange, CUPTI_UserReplay};
  session.open(open_with_fewer_ranges(*cupti_, std::move(request)), group_);
  auto const cost_ns = clock_() - begins_ns;
  spend(cost_ns, open_range_.learning);
  read_cost_ns_ = mixed(read_cost_ns_, cost_ns);
}

bool reuse_collector::may_measure(bool learning, std::int64_t cost_ns) noexcept {
  budget_.tick(clock_());
  return failures_ < most_failures && budget_.allows(cost_ns, learning);
}

bool reuse_collector::launch_alone(launch_gate::place const& mine, bool learning) noexcept {
  auto const begins_ns = clock_();
  bool const alone = gate_.close(mine, gate_patience);
  spend(clock_() - begins_ns, learning);
  return alone;
}

void reuse_collector::choose(thread_launches& mine, seen_launch const& launch) noexcept {
  auto& key = *mine.open->key;
  if (key.armed.fetch_sub(1, std::memory_order_relaxed) > 0) return;  // this one passes by
  key.armed.store(-1, std::memory_order_relaxed);
  if (!running_.load(std::memory_order_acquire)) return;
  std::unique_lock lock(measuring_, std::try_to_lock);
  if (!lock.owns_lock()) {
    key.armed.store(0, std::memory_order_relaxed);
    return;
  }
  bool learning = false;
  {
    std::lock_guard const table(table_mutex_);
    learning = table_.learns(key.number, group_);
  }
  bool const random = random_key_ == &key;
  if (random) random_key_ = nullptr;
  if ((!learning && !random) || shared_.captures.any() || step_ ||
      !may_measure(learning, static_cast<std::int64_t>(check_cost_ns_ + read_cost_ns_)) ||
      !launch_alone(mine.place, learning)) {
    return;  // `look` arms it again
  }
  check_session* session = nullptr;
  try {
    session = &session_of(launch.context, launch.context_uid);
    open_range_ = {&key, launches_of(key), learning, true, {}};
    if (session->is_full() || (session->is_open() && session->group() != group_)) read(*session);
    if (!session->is_open()) open(*session);
    began_ns_ = clock_();
    passed_by_before_ = passed_by_.load();
    wait_for_current_context(*driver_);
    session->push();
    {
      std::lock_guard const table(table_mutex_);
      table_.begin(key.number, session->group());
    }
    measuring_in_ = session;
    mine.measures = true;
    counted_now_.begins(key.identity.kernel);
    lock.release();  // until `measured`
  } catch (std::exception const& e) {
    if (session != nullptr) give_up(*session, e);
    static_cast<void>(gate_.open());
  }
}

void reuse_collector::measured(thread_launches& mine, bool good) noexcept {
  mine.measures = false;
  counted_now_.ends();
  auto& session = *std::exchange(measuring_in_, nullptr);
  auto range = std::exchange(open_range_, {});
  range.good = good && !mine.was_captured;
  bool const learning = range.learning;
  auto& key = *range.key;
  try {
    // In a capture that nobody announced nothing waits.
    if (!mine.was_captured) wait_for_current_context(*driver_);
    session.pop(std::move(range));
    // What passes by keeps out of no range.
    if (!gate_.open() || passed_by_.load() != passed_by_before_) session.spoil_last();
  } catch (std::exception const& e) {
    static_cast<void>(gate_.open());
    drop({.key = &key}, session.group());  // no session has it
    give_up(session, e);
  }
  auto const now = clock_();
  budget_.tick(now);
  spend(now - began_ns_, learning);
  check_cost_ns_ = mixed(check_cost_ns_, now - began_ns_);
  last_check_ns_ = now;
  if (!learning) turns_.took(std::uniform_real_distribution<double>(0, 1)(random_));
  {
    std::lock_guard const table(table_mutex_);
    if (table_.learns(key.number, group_)) key.armed.store(0, std::memory_order_relaxed);
  }
  measuring_.unlock();
}

void reuse_collector::read(check_session& session) noexcept {
  auto const begins_ns = clock_();
  auto const group = session.group();
  bool const learned = std::any_of(session.waiting().begin(), session.waiting().end(),
                                   [](measured_range const& r) { return r.learning; });
  turns_in_vain_ = learned ? 0 : turns_in_vain_ + 1;
  bool kept = false;
  try {
    auto const keep_raw = [&](std::vector<std::uint8_t> const& image, bool lossy) {
      raw_chunk_record chunk;
      chunk.plan = 1;
      chunk.metric_group = static_cast<std::int64_t>(group);
      chunk.context = session.uid();
      chunk.launches = chunk.ranges = static_cast<std::int64_t>(session.waiting().size());
      chunk.lossy = lossy;
      ++chunks_;
      kept = shared_.raw.add(chunk, image) && kept_.size() < most_kept_checks;
    };
    std::int64_t range = 0;
    auto const visit = [&](measured_range const& r, std::vector<double> const& values) {
      if (kept) kept_.push_back({chunks_, range, r.key, r.key == nullptr ? 0 : r.number, group, values});
      ++range;
      take(r, values, group);
    };
    auto const wrong = session.read(plan_.evaluate, visit, keep_raw);
    if (!wrong.empty()) {
      shared_.losses.note(loss::ranges_unmatched, static_cast<std::int64_t>(session.waiting().size()), wrong);
      session.close([&](measured_range const& r) { drop(r, group); });
    }
    failures_ = wrong.empty() ? 0 : failures_ + 1;
    next_group();
    bool const idle = options_.windows && !learns_now();
    if (session.is_open() && (idle || session.group() != group_)) session.close([](measured_range const&) {});
  } catch (std::exception const& e) {
    give_up(session, e);
  }
  auto const cost_ns = clock_() - begins_ns;
  spend(cost_ns, learned);
  read_cost_ns_ = mixed(read_cost_ns_, cost_ns);
  arm_learners();
}

void reuse_collector::take(measured_range const& range, std::vector<double> const& values,
                           std::size_t group) {
  bool const whole =
      !values.empty() && std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
  if (!range.good || !whole) {
    if (range.good) shared_.losses.note(loss::counters_failed, 1, "a check has no value");
    drop(range, group);
    return;
  }
  if (range.key == nullptr) {
    take_step(range, values, group);
    return;
  }
  auto& key = *range.key;
  auto const flops = flops_of_values(values, group);
  std::lock_guard const table(table_mutex_);
  if (table_.end(key.number, group, range.number, values, flops)) return;
  disagreements_.explain(key.number);
  if (key.identity.by_parameter || key.variable) return;
  key.split.store(true, std::memory_order_relaxed);
  table_.set_left_out(key.number, true);
}

void reuse_collector::drop(measured_range const& range, std::size_t group) noexcept {
  if (range.key == nullptr) return;
  std::lock_guard const table(table_mutex_);
  table_.drop(range.key->number, group);
}

void reuse_collector::give_up(check_session& session, std::exception const& why) noexcept {
  shared_.losses.note(loss::counters_failed, 1, why.what());
  ++failures_;
  auto const group = session.group();
  session.close([&](measured_range const& r) { drop(r, group); });
}

bool reuse_collector::learns_now() const noexcept {
  std::lock_guard const table(table_mutex_);
  return table_.any_learns(group_);
}

void reuse_collector::next_group() noexcept {
  std::lock_guard const table(table_mutex_);
  auto const groups = table_.groups();
  for (std::size_t i = 1; i <= groups; ++i) {
    auto const next = (group_ + i) % groups;
    if (!table_.any_learns(next)) continue;
    group_ = next;
    return;
  }
  group_ = (group_ + 1) % groups;
}

void reuse_collector::arm_learners() noexcept {
  keys_.for_each([&](launch_key& key) {
    if (!key.measurable || &key == random_key_) return;
    std::lock_guard const table(table_mutex_);
    // A key that is split learns in its parts.
    bool const learns = !key.split.load(std::memory_order_relaxed) && table_.learns(key.number, group_);
    key.armed.store(learns ? 0 : -1, std::memory_order_relaxed);
  });
}

void reuse_collector::arm_random() {
  std::map<reuse::key_number, std::int64_t> launches;
  for_each_count(
      [&](launch_count const& c) { launches[c.key->number] += c.launches.load(std::memory_order_relaxed); });
  std::uniform_real_distribution<double> uniform(0, 1);
  std::optional<reuse::key_number> picked;
  {
    std::lock_guard const table(table_mutex_);
    picked = table_.pick(
        group_, [&](reuse::key_number k) { return launches[k]; }, uniform(random_), uniform(random_));
  }
  if (!picked) return;
  keys_.for_each([&](launch_key& key) {
    if (key.number != *picked || !key.measurable || key.split.load(std::memory_order_relaxed)) return;
    random_key_ = &key;
    key.armed.store(
        reuse::launches_to_pass(launches[key.number], budget_.passed_ns(), random_waits_ns, uniform(random_)),
        std::memory_order_relaxed);
  });
}

bool reuse_collector::wants_turn(check_session const& session) const noexcept {
  if (!session.is_open() || session.range_is_open()) return false;
  if (session.waiting().size() * 2 >= session.capacity()) return true;
  if (options_.windows && !learns_now()) return true;
  if (!has_passed(idle_ns, last_check_ns_, clock_())) return false;
  // A key that came once may never come again: after turns in vain, what is left over pays for them.
  auto const cost_ns = static_cast<std::int64_t>(check_cost_ns_ + read_cost_ns_);
  if (turns_in_vain_ >= plan_.groups.size() && !budget_.allows(3 * cost_ns, false)) return false;
  std::lock_guard const table(table_mutex_);
  for (std::size_t g = 0; g < table_.groups(); ++g) {
    if (g != session.group() && table_.any_learns(g)) return true;
  }
  return false;
}

void reuse_collector::look() noexcept {
  auto const now = clock_();
  auto last = last_look_ns_.load(std::memory_order_relaxed);
  if (!has_passed(ns_between_looks, last, now) || !last_look_ns_.compare_exchange_strong(last, now)) return;
  std::unique_lock const lock(measuring_, std::try_to_lock);
  if (!lock.owns_lock() || !running_.load(std::memory_order_acquire)) return;
  budget_.tick(now);
  if (shared_.captures.any() || failures_ >= most_failures) return;
  if (step_) {
    if (has_passed(longest_step_ns, step_->began_ns, now)) end_step(false);
    return;
  }
  try {
    arm();
  } catch (std::exception const&) {
    // Out of memory: the next look tries again.
  }
}

void reuse_collector::arm() {
  bool const learning_allowed =
      budget_.allows(static_cast<std::int64_t>(check_cost_ns_ + read_cost_ns_), true);
  if (learning_allowed) arm_learners();
  if (random_key_ != nullptr && has_passed(random_waits_ns, random_since_ns_, clock_())) {
    random_key_->armed.store(-1, std::memory_order_relaxed);
    random_key_ = nullptr;
  }
  if (random_key_ != nullptr ||
      !turns_.allows_check(budget_, static_cast<std::int64_t>(check_cost_ns_ + read_cost_ns_))) {
    return;
  }
  random_since_ns_ = clock_();
  arm_random();
}

void reuse_collector::synchronising(CUcontext context) noexcept {
  if (shared_.captures.any() || !running_.load(std::memory_order_acquire)) return;
  std::unique_lock const lock(measuring_, std::try_to_lock);
  // A capture can have begun meanwhile: it takes the lock once it is known to be open.
  if (!lock.owns_lock() || step_ || shared_.captures.any()) return;
  for (auto& session : sessions_) {
    if (session.context() != context || !wants_turn(session)) continue;
    launch_gate::place const outside;
    if (!launch_alone(outside, false)) return;
    read(session);
    static_cast<void>(gate_.open());
  }
}

}  // namespace flopwatch::collect
