// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "torch/meter_steps.hpp"

#include <algorithm>

#include "flopwatch/checked.hpp"

namespace flopwatch::torch_layer {
namespace {

constexpr std::size_t most_reasons = 16;

void give(std::vector<std::string>& to, std::vector<std::string> const& more) {
  for (auto const& r : more) {
    if (to.size() < most_reasons && std::find(to.begin(), to.end(), r) == to.end()) to.push_back(r);
  }
}

meter_amounts mean_of(meter_amounts const& sum, std::int64_t readings) {
  auto const rounded = [&](std::int64_t v) { return (2 * v + readings) / (2 * readings); };
  meter_amounts out;
  for (auto const& [cell, w] : sum) {
    out[cell] = {rounded(w.macs), rounded(w.useful_macs), rounded(w.other_flops)};
  }
  return out;
}

}  // namespace

void known_step::read(counted_step const& counted) {
  ++readings_;
  add(sum_, counted.amounts);
  if (readings_ == 1 || (readings_ == 2 && counted.amounts != settled_.amounts)) {
    // Which of the first two is usual, the third says.
    settled_ = counted;
    agreeing_ = 1;
  } else if (counted.amounts == settled_.amounts) {
    ++agreeing_;
    settled_ = counted;
  } else {
    variable_ = true;
  }
  if (variable_) mean_ = mean_of(sum_, readings_);
}

std::vector<std::string> known_step::reasons() const {
  auto out = settled_.reasons;
  if (variable_) {
    out.insert(out.begin(), "steps like " + name_ +
                                " differ in their work: they are reported with the mean of " +
                                std::to_string(readings_) + " counts");
  } else if (unsettled()) {
    out.insert(out.begin(), "two counts of steps like " + name_ + " differ, and a third is still to come");
  }
  return out;
}

void step_sums::add(ended_step const& step) {
  ++steps_;
  if (step.step_ns) {
    step_ns_ += *step.step_ns;
  } else {
    clock_went_back_ = true;
  }
  if (step.measured) add_measured(step);
  if (step.counted) {
    ++read_;
    flopwatch::add(amounts_, step.counted->amounts);
    give(reasons_, step.counted->reasons);
    return;
  }
  auto& others = others_[step.known];
  ++others.steps;
  if (others.missing.empty()) others.missing = step.missing;
  if (step.known == nullptr || !step.step_ns || !step.missing.empty()) return;
  ++others.timed;
  others.timed_ns += *step.step_ns;
}

void step_sums::add_measured(ended_step const& step) {
  auto const& work = *step.measured;
  if (measured_) {
    flopwatch::add(*measured_, work);
  } else {
    measured_ = work;
  }
  unmeasured_steps_ += work.whole() ? 0 : 1;
  if (!step.step_ns || work.measuring_ns != 0 || !products_known(work) || !step.counted) return;
  measured_ns_ += *step.step_ns;
  auto const more = [](std::map<std::string, std::int64_t>& to,
                       std::map<std::string, std::int64_t> const& of) {
    for (auto const& [format, flops] : of) to[format] = checked_add(to[format], flops);
  };
  more(measured_useful_, useful_products(step.counted->amounts));
  more(measured_executed_, executed_products(work));
}

meter_interval step_sums::interval(std::optional<peak> const& most,
                                   std::optional<reused_work> const& by_now) const {
  meter_interval out;
  out.first_step = first_step_;
  out.steps = steps_;
  if (!clock_went_back_) out.seconds = static_cast<double>(step_ns_) / 1e9;
  out.amounts = amounts_;
  out.steps_read = read_;
  out.reasons = reasons_;
  for (auto const& [known, others] : others_) {
    if (known != nullptr && known->has_count()) {
      flopwatch::add(out.amounts, known->amounts(), others.steps);
      out.steps_reused += others.steps;
      give(out.reasons, known->reasons());
    } else {
      out.steps_missing += others.steps;
      give(out.reasons,
           {"not counted: " + (others.missing.empty() ? known->name() + " is new" : others.missing)});
    }
  }
  if (measured_) say_measured(out, by_now ? *by_now : *measured_);
  out.complete = out.steps_missing == 0;
  out.exact = out.complete && out.reasons.empty();
  auto const timed = times(most, out.no_utilization);
  if (timed) {
    out.mfu = timed->useful_seconds / timed->seconds;
    out.hfu = timed->executed_seconds / timed->seconds;
  }
  return out;
}

void step_sums::say_measured(meter_interval& out, reused_work const& work) const {
  out.measured = work;
  if (products_known(work) && out.reasons.empty() && out.steps_missing == 0) {
    std::int64_t products = 0;
    for (auto const& [cell, w] : out.amounts) products = checked_add(products, w.mac_flops());
    out.padding_flops = checked_sub(out.multiply_add_flops(), products);
  }
  give(out.reasons, reasons_of(work));
  // A step of which nothing was read stays missing.
  auto const not_whole = work.whole() ? 0 : std::max<std::int64_t>(1, unmeasured_steps_);
  out.steps_missing = std::min(steps_, out.steps_missing + not_whole);
  out.steps_read = steps_ - out.steps_missing;
  out.steps_reused = 0;
}

std::optional<metered_times> step_sums::times(std::optional<peak> const& most, std::string& why_not) const {
  if (!most) {
    why_not = "there is no peak: give meter_options::peak";
    return std::nullopt;
  }
  if (clock_went_back_) {
    why_not = "the clock went back";
    return std::nullopt;
  }
  auto useful_flops = measured_useful_;
  auto executed_flops = measured_executed_;
  auto ns = measured_ns_;
  if (!measured_) {
    meter_amounts amounts;
    for (auto const& [known, others] : others_) {
      if (known == nullptr || !known->has_count() || others.timed == 0) continue;
      flopwatch::add(amounts, known->amounts(), others.timed);
      ns += others.timed_ns;
    }
    useful_flops = useful_products(amounts);
    executed_flops = executed_products(amounts);
  }
  if (ns <= 0) {
    why_not = measured_   ? "kernels were measured in each step, which changes its time"
              : read_ > 0 ? "each step was counted, which changes its time"
                          : "no step could be timed";
    return std::nullopt;
  }
  std::string lacking;
  auto const useful = most->seconds(useful_flops, &lacking);
  auto const executed = most->seconds(executed_flops, &lacking);
  if (!useful || !executed) {
    why_not = "no peak of " + lacking + " is known (" + most->words() + ")";
    return std::nullopt;
  }
  return metered_times{static_cast<double>(ns) / 1e9, *useful, *executed};
}

}  // namespace flopwatch::torch_layer
