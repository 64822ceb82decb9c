// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

#include "metrics/reuse/audits.hpp"
#include "metrics/reuse/budget.hpp"
#include "metrics/reuse/choices.hpp"
#include "metrics/reuse/key_table.hpp"
#include "metrics/reuse/sum_bound.hpp"

/// \file
/// Long runs with reuse, synthetic, in simulated time.

namespace flopwatch::reuse {

struct simulated_job {
  std::int64_t step_ns = 100'000'000;
  std::int64_t steps = 10'000;
  std::size_t keys = 150;
  std::size_t variable_keys = 8;  ///< the first ones: their work depends on data
  std::int64_t launches_a_step = 3'000;
  std::size_t groups = 2;        ///< of metrics, each with half of the work
  double variable_share = 0.05;  ///< of all work
  double spread = 0.5;           ///< of the logarithm of a variable launch's work
  double drift = 1;              ///< every second variable key does so many times the work at the end
  double budget = 0.01;
};

struct simulated_outcome {
  double truth_flops = 0;
  double sum_flops = 0;
  double bound_flops = 0;
  double spent_share = 0;
  std::int64_t audits = 0;  ///< of the group that has fewest
  std::int64_t checks_of_variable = 0;
  [[nodiscard]] bool inside() const { return std::abs(sum_flops - truth_flops) <= bound_flops; }
};

/// One run, in which launches are chosen as collect::reuse_collector chooses them.
class simulated_run {
 public:
  simulated_run(simulated_job const& job, std::uint64_t seed)
      : job_(job),
        random_(seed),
        seed_(seed),
        budget_(job.budget, 10'000'000'000, 0),
        table_(job.groups, 3),
        audits_(job.groups),
        armed_(job.keys) {
    for (std::size_t k = 0; k < job_.keys; ++k) table_.add(false);
    mean_ = job_.variable_share / (1 - job_.variable_share) * constant_flops *
            static_cast<double>(job_.keys - job_.variable_keys) / static_cast<double>(job_.variable_keys);
    // Log-normal, with mean 1.
    std::mt19937_64 of_factors(1);
    std::normal_distribution<double> normal(0, 1);
    double sum = 0;
    for (auto& f : factors_) sum += f = std::exp(job_.spread * normal(of_factors));
    for (auto& f : factors_) f *= static_cast<double>(factors_.size()) / sum;
    any_armed_ = true;
  }

  simulated_outcome run() {
    for (step_ = 0; step_ < job_.steps; ++step_) one_step();
    while (!waiting_.empty()) turn();
    simulated_outcome out;
    std::vector<summed_key> of_keys;
    std::vector<summed_group> of_groups;
    out.audits = audits_[0].count();
    for (std::size_t g = 0; g < job_.groups; ++g) {
      double sum = 0;
      for (std::size_t k = 0; k < job_.keys; ++k) {
        if (table_.checks(k, g).count() == 0) continue;
        auto const e = table_.checks(k, g).of(job_.steps * each());
        of_keys.push_back({e.flops, e.bound_flops});
        sum += e.flops;
        if (k < job_.variable_keys) out.checks_of_variable += table_.checks(k, g).count();
      }
      auto const flops_of = [&](audited_key const& k) { return table_.checks(k.key, g).flops_at(k.number); };
      double early = 0;
      for (auto const& k : audits_[g].begin()) {
        auto const b = table_.checks(k.key, g).bound_of_first(k.number, job_.steps * each());
        early += b * b;
      }
      of_groups.push_back({sum, audits_[g].bound(flops_of) + std::sqrt(early) / sum, audits_[g].count()});
      out.sum_flops += sum;
      out.audits = std::min(out.audits, audits_[g].count());
    }
    out.truth_flops = truth_;
    out.bound_flops = sum_bound_flops(of_keys, of_groups);
    out.spent_share = static_cast<double>(budget_.spent_ns()) / static_cast<double>(now_);
    return out;
  }

 private:
  struct range {
    std::optional<key_number> key;  ///< none: a step
    std::int64_t number = 0;        ///< as collect::measured_range has it
    double flops = 0;
    bool learning = false;
    std::vector<audited_key> step = {};
  };
  // As on an H200.
  static constexpr std::int64_t range_ns = 1'050'000;
  static constexpr std::int64_t turn_ns = 190'000'000;
  static constexpr std::size_t ranges_a_turn = 32;
  static constexpr std::int64_t random_waits_ns = 2'000'000'000;
  static constexpr std::int64_t launches_between_looks = 60;
  static constexpr double constant_flops = 1e6;

  double uniform() { return std::uniform_real_distribution<double>(0, 1)(random_); }
  [[nodiscard]] std::int64_t each() const {
    return job_.launches_a_step / static_cast<std::int64_t>(job_.keys);
  }
  /// Of the key, before the launch of this place in the step.
  [[nodiscard]] std::int64_t launched(key_number k, std::int64_t place) const {
    auto const keys = static_cast<std::int64_t>(job_.keys);
    return step_ * each() + (place + keys - 1 - static_cast<std::int64_t>(k)) / keys;
  }
  [[nodiscard]] double factor(std::uint64_t of) const {
    auto x = of + seed_ * 0x9e3779b97f4a7c15ULL;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebULL;
    return factors_[(x ^ (x >> 31U)) % factors_.size()];
  }
  /// Of the launch at that place of the running step, in one group of metrics.
  [[nodiscard]] double flops_of(std::int64_t place) const {
    auto const k = static_cast<std::size_t>(place) % job_.keys;
    auto const groups = static_cast<double>(job_.groups);
    if (k >= job_.variable_keys) return (constant_flops + 1000.0 * static_cast<double>(k)) / groups;
    auto const part = static_cast<double>(step_) / static_cast<double>(job_.steps);
    double const grown = k % 2 == 0 ? (1 + (job_.drift - 1) * part) / ((1 + job_.drift) / 2) : 1;
    auto const drawn = static_cast<std::uint64_t>(step_ * job_.launches_a_step + place);
    return std::floor(mean_ * grown * factor(drawn) / groups);
  }

  void one_step() {
    bool const audit = begin_audit();
    double step_flops = 0;
    auto const keys = static_cast<std::int64_t>(job_.keys);
    for (std::int64_t i = 0; i < job_.launches_a_step; i += keys) {
      for (std::size_t k = 0; k < job_.variable_keys; ++k) {
        auto const place = i + static_cast<std::int64_t>(k);
        step_flops += flops_of(place);
      }
    }
    for (std::size_t k = job_.variable_keys; k < job_.keys; ++k) {
      step_flops += static_cast<double>(each()) * flops_of(static_cast<std::int64_t>(k));
    }
    truth_ += step_flops * static_cast<double>(job_.groups);
    auto const launch_ns = job_.step_ns / job_.launches_a_step;
    for (place_ = 0; place_ < job_.launches_a_step; place_ += launches_between_looks) {
      now_ += launches_between_looks * launch_ns;
      for (auto p = place_; any_armed_ && p < place_ + launches_between_looks; ++p) {
        auto const k = static_cast<std::size_t>(p) % job_.keys;
        if (armed_[k] >= 0) choose(k, p, audit);
      }
      look(audit);
    }
    if (audit) {
      waiting_.push_back({std::nullopt, (step_ + 1) * job_.launches_a_step, step_flops, false});
      for (key_number k = 0; k < job_.keys; ++k)
        waiting_.back().step.push_back({k, (step_ + 1) * each(), each()});
    }
    bool const idle =
        now_ - last_check_ns_ > 50'000'000 && other_group_learns() && budget_.allows(cost(), true);
    if (waiting_.size() >= ranges_a_turn || idle) turn();
  }

  [[nodiscard]] bool other_group_learns() const {
    for (std::size_t g = 0; g < job_.groups; ++g) {
      if (g != group_ && table_.any_learns(g)) return true;
    }
    return false;
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

  void choose(key_number k, std::int64_t place, bool in_audit) {
    if (armed_[k]-- > 0) return;
    armed_[k] = -1;
    bool const learning = table_.learns(k, group_);
    bool const random = random_key_ == k;
    if (random) random_key_.reset();
    if ((!learning && !random) || in_audit || !budget_.allows(cost(), learning)) return;
    if (waiting_.size() >= 2 * ranges_a_turn) turn();
    table_.begin(k, group_);
    waiting_.push_back({k, launched(k, place) + 1, flops_of(place), learning});
    spend(range_ns, learning);
    last_check_ns_ = now_;
    if (!learning) turns_.took(uniform());
    if (table_.learns(k, group_)) armed_[k] = 0;
  }

  void look(bool in_audit) {
    budget_.tick(now_);
    if (in_audit) return;
    if (budget_.allows(cost(), true) && table_.any_learns(group_)) arm_learners();
    if (random_key_ && now_ - random_since_ > random_waits_ns) {
      armed_[*random_key_] = -1;
      random_key_.reset();
    }
    find_armed();
    if (random_key_ || !turns_.allows_check(budget_, cost())) return;
    random_since_ = now_;
    auto const place = place_;
    random_key_ = table_.pick(
        group_, [&](key_number k) { return launched(k, place); }, uniform(), uniform());
    if (!random_key_) return;
    auto const k = *random_key_;
    armed_[k] = launches_to_pass(launched(k, place), budget_.passed_ns(), random_waits_ns, uniform());
    any_armed_ = true;
  }

  void find_armed() {
    any_armed_ = std::any_of(armed_.begin(), armed_.end(), [](std::int64_t a) { return a >= 0; });
  }
  void arm_learners() {
    for (key_number k = 0; k < job_.keys; ++k) {
      if (random_key_ != k) armed_[k] = table_.learns(k, group_) ? 0 : -1;
    }
    find_armed();
  }

  void turn() {
    bool const learned =
        std::any_of(waiting_.begin(), waiting_.end(), [](range const& r) { return r.learning; });
    for (auto const& r : waiting_) {
      if (r.key) {
        table_.end(*r.key, group_, r.number, {&r.flops, 1}, r.flops);
      } else {
        take_step(r);
      }
    }
    waiting_.clear();
    auto const before = group_;
    for (std::size_t i = 1; i <= job_.groups; ++i) {
      auto const next = (before + i) % job_.groups;
      group_ = next;
      if (table_.any_learns(next)) break;
      if (i == job_.groups) group_ = (before + 1) % job_.groups;
    }
    spend(turn_ns, learned);
    arm_learners();
  }

  void take_step(range const& r) {
    audited_step step{r.flops};
    step.run_launches = r.number;
    for (auto const& part : r.step) {
      auto const& checks = table_.checks(part.key, group_);
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
    if (audits_[group_].count() == 0) audits_[group_].begin_at(r.step);
    audits_[group_].add(std::move(step));
  }

  simulated_job job_;
  std::mt19937_64 random_;
  std::uint64_t seed_;
  std::array<double, 4096> factors_{};
  double mean_ = 0;
  std::int64_t now_ = 0;
  budget budget_;
  key_table table_;
  std::vector<audits> audits_;
  std::vector<range> waiting_;
  std::vector<std::int64_t> armed_;  // 0: new keys are measured at once
  bool any_armed_ = false;
  std::optional<key_number> random_key_;
  std::int64_t random_since_ = 0;
  std::int64_t last_check_ns_ = 0;
  turns turns_;
  std::int64_t step_ = 0;
  std::int64_t place_ = 0;
  std::size_t group_ = 0;
  double truth_ = 0;
};

}  // namespace flopwatch::reuse
