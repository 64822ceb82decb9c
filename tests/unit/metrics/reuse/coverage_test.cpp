// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Random runs, synthetic: the true sum lies inside the bound, and the bound is narrow.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "metrics/reuse/audits.hpp"
#include "metrics/reuse/budget.hpp"
#include "metrics/reuse/choices.hpp"
#include "metrics/reuse/key_table.hpp"
#include "metrics/reuse/sum_bound.hpp"

namespace flopwatch::reuse {
namespace {

constexpr std::size_t keys = 25;
constexpr std::size_t variable_keys = 5;  ///< the first ones
constexpr int launches_a_step = 4;        ///< of each key
constexpr int steps = 4000;
constexpr double variable_share = 0.05;  ///< of all work
constexpr double spread = 0.5;           ///< of the logarithm of a variable launch's work
// In nanoseconds, as on an H200: a step of 300 ms.
constexpr std::int64_t launch_ns = 3'000'000;
constexpr std::int64_t range_ns = 1'050'000;
constexpr std::int64_t turn_ns = 190'000'000;
constexpr std::size_t ranges_a_turn = 32;
constexpr std::int64_t random_waits_ns = 2'000'000'000;
constexpr int launches_between_looks = 64;

struct outcome {
  double truth = 0;
  double sum = 0;
  double bound = 0;
  double spent_share = 0;
  std::int64_t audits = 0;
  std::int64_t checks_of_variable = 0;
};

/// One run, in which launches are chosen as collect::reuse_collector chooses them.
class simulated_run {
 public:
  /// \param drift some of the variable keys do so many times the work at the end
  simulated_run(std::uint64_t seed, double drift) : drift_(drift), random_(seed) {
    for (std::size_t k = 0; k < keys; ++k) table_.add(false);
  }

  outcome run() {
    for (step_ = 0; step_ < steps; ++step_) one_step();
    turn();
    std::vector<summed_key> of_keys;
    outcome out;
    for (std::size_t k = 0; k < keys; ++k) {
      auto const sum = table_.checks(k, 0).of(launched_[k]);
      of_keys.push_back({sum.flops, sum.bound_flops});
      out.sum += sum.flops;
      if (k < variable_keys) out.checks_of_variable += table_.checks(k, 0).count();
    }
    auto const flops_of = [&](audited_key const& k) { return table_.checks(k.key, 0).flops_at(k.number); };
    summed_group const group{out.sum, audits_.bound(flops_of), audits_.count()};
    out.truth = truth_;
    out.bound = sum_bound_flops(of_keys, {&group, 1});
    out.audits = audits_.count();
    out.spent_share = static_cast<double>(budget_.spent_ns()) / static_cast<double>(now_);
    return out;
  }

 private:
  struct range {
    std::optional<key_number> key;  ///< none: a step
    std::int64_t number = 0;
    double flops = 0;
    bool learning = false;
    std::vector<audited_key> step = {};
  };

  double uniform() { return std::uniform_real_distribution<double>(0, 1)(random_); }

  double work(key_number k) {
    constexpr double constant = 1e6;
    if (k >= variable_keys) return constant + 1000.0 * static_cast<double>(k);
    // So that the variable keys have their share of the whole run.
    constexpr double mean =
        variable_share / (1 - variable_share) * constant * (keys - variable_keys) / variable_keys;
    double const grown = k % 2 == 0 ? (1 + (drift_ - 1) * step_ / steps) / ((1 + drift_) / 2) : 1;
    return std::floor(mean * grown * std::exp(spread * normal_(random_) - spread * spread / 2));
  }

  void one_step() {
    bool const audit = begin_audit();
    double step_flops = 0;
    for (int i = 0; i < launches_a_step; ++i) {
      for (key_number k = 0; k < keys; ++k) {
        double const flops = work(k);
        ++launched_[k];
        step_flops += flops;
        now_ += launch_ns;
        if (armed_[k] >= 0) choose(k, flops, audit);
        if (--until_look_ <= 0) look(audit);
      }
    }
    truth_ += step_flops;
    if (audit) {
      waiting_.push_back({std::nullopt, 0, step_flops, false});
      for (key_number k = 0; k < keys; ++k)
        waiting_.back().step.push_back({k, launched_[k], launches_a_step});
    }
    if (waiting_.size() >= ranges_a_turn) turn();
  }

  [[nodiscard]] std::int64_t cost() const { return range_ns + turn_ns; }

  bool begin_audit() {
    budget_.tick(now_);
    if (uniform() < 0.5 || !turns_.allows_audit(budget_, cost())) return false;
    spend(range_ns, false);
    turns_.took(uniform());
    return true;
  }

  void spend(std::int64_t ns, bool learning) {
    now_ += ns;
    budget_.tick(now_);
    budget_.spend(ns, learning);
  }

  void choose(key_number k, double flops, bool in_audit) {
    if (armed_[k]-- > 0) return;
    armed_[k] = -1;
    bool const learning = table_.learns(k, 0);
    bool const random = random_key_ == k;
    if (random) random_key_.reset();
    if ((!learning && !random) || in_audit || !budget_.allows(cost(), learning)) return;
    table_.begin(k, 0);
    waiting_.push_back({k, launched_[k], flops, learning});
    spend(range_ns, learning);
    if (!learning) turns_.took(uniform());
    if (table_.learns(k, 0)) armed_[k] = 0;
  }

  void look(bool in_audit) {
    until_look_ = launches_between_looks;
    budget_.tick(now_);
    if (in_audit) return;
    if (budget_.allows(cost(), true)) arm_learners();
    if (random_key_ && now_ - random_since_ > random_waits_ns) {
      armed_[*random_key_] = -1;
      random_key_.reset();
    }
    if (random_key_ || !turns_.allows_check(budget_, cost())) return;
    random_since_ = now_;
    random_key_ = table_.pick(
        0, [&](key_number k) { return launched_[k]; }, uniform(), uniform());
    if (!random_key_) return;
    auto const k = *random_key_;
    armed_[k] = launches_to_pass(launched_[k], budget_.passed_ns(), random_waits_ns, uniform());
  }

  void arm_learners() {
    for (key_number k = 0; k < keys; ++k) {
      if (random_key_ != k) armed_[k] = table_.learns(k, 0) ? 0 : -1;
    }
  }

  void turn() {
    bool const learned =
        std::any_of(waiting_.begin(), waiting_.end(), [](range const& r) { return r.learning; });
    for (auto const& r : waiting_) {
      if (r.key) {
        table_.end(*r.key, 0, r.number, {&r.flops, 1}, r.flops);
      } else {
        take_step(r);
      }
    }
    waiting_.clear();
    spend(turn_ns, learned);
    arm_learners();
  }

  void take_step(range const& r) {
    audited_step step{r.flops};
    for (auto const& part : r.step) {
      auto const& checks = table_.checks(part.key, 0);
      if (checks.count() == 0) return;
      auto const flops = static_cast<double>(part.launches) * checks.flops_at(part.number);
      step.expected_flops += flops;
      if (table_.class_of(part.key) == key_class::constant) {
        step.constant_flops += flops;
      } else {
        step.variable.push_back(part);
      }
    }
    step.expected_flops = std::round(step.expected_flops);
    audits_.add(std::move(step));
  }

  double drift_;
  std::mt19937_64 random_;
  std::normal_distribution<double> normal_{0, 1};
  std::int64_t now_ = 0;
  budget budget_{0.01, 10'000'000'000, 0};
  key_table table_{1, 3};
  audits audits_;
  std::vector<range> waiting_;
  std::vector<std::int64_t> launched_ = std::vector<std::int64_t>(keys);
  std::vector<std::int64_t> armed_ = std::vector<std::int64_t>(keys);  // 0: new keys are measured at once
  std::optional<key_number> random_key_;
  std::int64_t random_since_ = 0;
  int until_look_ = 0;
  turns turns_;
  int step_ = 0;
  double truth_ = 0;
};

TEST(reuse_coverage, of_work_that_depends_on_data_and_grows_or_shrinks) {
  int inside = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    auto const o = simulated_run(seed, std::array{1.0, 3.0, 0.3}[seed % 3]).run();
    inside += std::abs(o.sum - o.truth) <= o.bound ? 1 : 0;
    EXPECT_LE(o.bound, 0.01 * o.sum) << seed;
    EXPECT_GE(o.audits, 100) << seed;
    EXPECT_GE(o.checks_of_variable, 100) << seed;
    EXPECT_LE(o.spent_share, 0.03) << seed;  // learning and the last turn have a credit of their own
  }
  EXPECT_GE(inside, 95);
}

}  // namespace
}  // namespace flopwatch::reuse
