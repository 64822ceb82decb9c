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

meter_interval step_sums::interval(std::optional<peak> const& most) const {
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
  out.complete = out.steps_missing == 0;
  out.exact = out.complete && out.reasons.empty();
  set_utilization(out, most);
  return out;
}

void step_sums::set_utilization(meter_interval& out, std::optional<peak> const& most) const {
  if (!most) {
    out.no_utilization = "there is no peak: give meter_options::peak";
    return;
  }
  meter_amounts amounts;
  std::int64_t ns = 0;
  for (auto const& [known, others] : others_) {
    if (known == nullptr || !known->has_count() || others.timed == 0) continue;
    flopwatch::add(amounts, known->amounts(), others.timed);
    ns += others.timed_ns;
  }
  if (clock_went_back_) {
    out.no_utilization = "the clock went back";
  } else if (ns <= 0) {
    out.no_utilization =
        read_ > 0 ? "each step was counted, which changes its time" : "no step could be timed";
  }
  if (!out.no_utilization.empty()) return;
  std::string lacking;
  auto const useful = most->seconds(useful_products(amounts), &lacking);
  auto const executed = most->seconds(executed_products(amounts), &lacking);
  if (!useful || !executed) {
    out.no_utilization = "no peak of " + lacking + " is known (" + most->words() + ")";
    return;
  }
  auto const seconds = static_cast<double>(ns) / 1e9;
  out.mfu = *useful / seconds;
  out.hfu = *executed / seconds;
}

}  // namespace flopwatch::torch_layer
