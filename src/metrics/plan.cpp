// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/plan.hpp"

#include <algorithm>
#include <array>

#include "metrics/choice.hpp"
#include "metrics/grouping.hpp"

namespace flopwatch {
namespace {

struct named_set {
  metric_set set;
  std::string_view name;
};
constexpr std::array<named_set, 4> sets{{
    {metric_set::cuda_core, "cuda-core"},
    {metric_set::tensor, "tensor"},
    {metric_set::full, "full"},
    {metric_set::roofline, "roofline"},
}};

int passes_of_one(chip_questions const& chip, std::string const& metric) { return chip.passes({&metric, 1}); }

void add_once(std::vector<std::string>& names, std::string const& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

/// Single-pass metrics whose sum is `metric`. Empty if there are none, or if CUPTI does not read them from
/// the same hardware counters, so that they could miss something.
std::vector<std::string> single_pass_parts(chip_questions const& chip, std::string const& metric) {
  for (auto const& parts : metrics::parts_of(metric, chip)) {
    if (!chip.same_counters(metric, parts)) continue;
    std::vector<std::string> out;
    for (auto const& part : parts) {
      if (passes_of_one(chip, part) == 1) {
        out.push_back(part);
        continue;
      }
      auto const finer = single_pass_parts(chip, part);
      if (finer.empty()) {
        out.clear();
        break;
      }
      out.insert(out.end(), finer.begin(), finer.end());
    }
    if (!out.empty()) return out;
  }
  return {};
}

/// Adds the indicators to the CUDA cores' group, if they need no extra pass there.
void add_indicators(metric_plan& plan, chip_questions const& chip,
                    std::vector<std::string> const& indicators) {
  if (plan.groups.empty() || plan.groups.front().passes != 1) return;
  for (auto const& indicator : indicators) {
    auto with = plan.groups.front().metrics;
    with.push_back(indicator);
    if (chip.passes(with) != 1) continue;
    plan.groups.front().metrics = std::move(with);
    plan.indicators.push_back(indicator);
  }
}

}  // namespace

std::string_view to_string(metric_set set) noexcept {
  return std::find_if(sets.begin(), sets.end(), [&](auto const& s) { return s.set == set; })->name;
}

std::optional<metric_set> parse_metric_set(std::string_view text) noexcept {
  auto const* const found =
      std::find_if(sets.begin(), sets.end(), [&](auto const& s) { return s.name == text; });
  if (found == sets.end()) return std::nullopt;
  return found->set;
}

int metric_plan::passes() const noexcept {
  int sum = 0;
  for (auto const& group : groups) sum += group.passes;
  return sum;
}

metric_plan plan_metrics(chip_questions const& chip, metric_request const& request) {
  auto chosen = metrics::choose(chip, request);
  metric_plan plan;
  plan.notes = std::move(chosen.notes);
  plan.lacking = std::move(chosen.lacking);
  std::vector<std::string> single;
  std::vector<std::string> multi;
  for (auto const& metric : chosen.wanted) {
    if (passes_of_one(chip, metric) == 1) {
      add_once(single, metric);
    } else if (auto parts = single_pass_parts(chip, metric); !parts.empty()) {
      for (auto const& part : parts) add_once(single, part);
      plan.narrowed.push_back({metric, std::move(parts)});
    } else {
      multi.push_back(metric);
    }
  }
  plan.groups = metrics::single_pass_groups(single, chip);
  add_indicators(plan, chip, chosen.indicators);
  for (auto& group : metrics::multi_pass_groups(multi, chip)) plan.groups.push_back(std::move(group));
  return plan;
}

}  // namespace flopwatch
