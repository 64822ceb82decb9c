// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cupti/chip_plan.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <utility>

#include "cupti/host.hpp"
#include "cupti/locate/candidates.hpp"
#include "cupti/result_text.hpp"
#include "flopwatch/error.hpp"

namespace flopwatch::cupti {
namespace {

using image_bytes = std::vector<std::uint8_t>;

/// Answers of CUPTI about one chip, each asked once.
class chip_answers {
 public:
  chip_answers(std::string const& chip, std::span<std::uint8_t const> availability)
      : host_(chip, availability), availability_(availability.begin(), availability.end()) {
    for (auto const kind : {metric_kind::counter, metric_kind::ratio, metric_kind::throughput}) {
      auto names = host_.base_metrics(kind);
      base_.insert(base_.end(), std::make_move_iterator(names.begin()), std::make_move_iterator(names.end()));
    }
  }

  std::vector<std::string> const& base() const noexcept { return base_; }

  std::optional<metric_properties> properties(std::string const& metric) const {
    return host_.properties(metric);
  }

  /// CUPTI refuses what the device lacks, even if the chip has it. Every version tried answers 1 for an
  /// unknown name, where 17 would be the right code.
  bool can_count(std::string const& metric) {
    if (availability_.empty()) return true;
    if (auto const known = can_count_.find(metric); known != can_count_.end()) return known->second;
    host attempt(host_.chip(), availability_);
    bool good = true;
    try {
      attempt.add_metrics({&metric, 1});
    } catch (refused_call const& e) {
      if (e.result() != CUPTI_ERROR_INVALID_PARAMETER && e.result() != CUPTI_ERROR_INVALID_METRIC_NAME) throw;
      if (refusal_.empty()) refusal_ = e.what();
      good = false;
    }
    return can_count_[metric] = good;
  }
  /// CUPTI's first refusal in `can_count`; "" without one.
  std::string const& refusal() const noexcept { return refusal_; }

  image_bytes const& config(std::span<std::string const> metrics) { return ask(metrics).config; }
  int passes(std::span<std::string const> metrics) { return ask(metrics).passes; }

  /// The images hold the hardware counters that are read: adding the parts adds no counter, and the parts
  /// alone need as many.
  bool same_counters(std::string const& whole, std::span<std::string const> parts) {
    std::vector<std::string> both{whole};
    both.insert(both.end(), parts.begin(), parts.end());
    auto const alone = config({&whole, 1});
    return config(both) == alone && config(parts).size() == alone.size();
  }

 private:
  struct answer {
    image_bytes config;
    int passes = 0;
  };

  answer const& ask(std::span<std::string const> metrics) {
    std::string key;
    for (auto const& metric : metrics) key += metric + '\n';
    if (auto const known = known_.find(key); known != known_.end()) return known->second;
    // A refusal makes a host object useless, and nothing can be removed from one.
    host attempt(host_.chip(), availability_);
    attempt.add_metrics(metrics);
    answer out{attempt.config_image(), 0};
    out.passes = passes_of(out.config);
    return known_.emplace(std::move(key), std::move(out)).first->second;
  }

  host host_;
  image_bytes availability_;
  std::vector<std::string> base_;
  std::map<std::string, answer> known_;
  std::map<std::string, bool> can_count_;
  std::string refusal_;
};

planned_group planned(chip_answers& chip, metric_plan const& plan, metric_group const& group) {
  planned_group out{{}, chip.config(group.metrics), group.passes};
  for (auto const& name : group.metrics) {
    auto properties = chip.properties(name).value_or(metric_properties{});
    bool const indicator =
        std::find(plan.indicators.begin(), plan.indicators.end(), name) != plan.indicators.end();
    out.metrics.push_back(
        {name, std::move(properties.unit), std::move(properties.description), weight_of(name), indicator});
  }
  return out;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

std::vector<std::string> planned_group::names() const {
  std::vector<std::string> out;
  for (auto const& metric : metrics) out.push_back(metric.name);
  return out;
}

int chip_plan::passes() const noexcept {
  int sum = 0;
  for (auto const& group : groups) sum += group.passes;
  return sum;
}

bool chip_plan::has_tensor_metrics() const noexcept {
  return std::any_of(groups.begin(), groups.end(), [](planned_group const& group) {
    return std::any_of(group.metrics.begin(), group.metrics.end(), [](planned_metric const& metric) {
      return metric.weight && metric.weight->tensor_core;
    });
  });
}

int chip_plan::most_passes() const noexcept {
  int most = 0;
  for (auto const& group : groups) most = std::max(most, group.passes);
  return most;
}

std::string chip_named(std::string const& name) {
  auto const chips = supported_chips();
  auto const found = std::find_if(chips.begin(), chips.end(),
                                  [&](std::string const& chip) { return lower(chip) == lower(name); });
  if (found != chips.end()) return *found;
  std::string known;
  for (auto const& chip : chips) known += (known.empty() ? "" : ", ") + chip;
  throw usage_error("CUPTI " + version_text(load_library().version) + " knows no chip \"" + name +
                    "\"; it knows " + known);
}

std::vector<chip_plan> make_plans(std::string const& chip, std::span<metric_request const> requests,
                                  std::span<std::uint8_t const> availability) {
  chip_answers answers(chip, availability);
  chip_questions questions;
  questions.base_metrics = answers.base();
  questions.is_known = [&](std::string const& metric) { return answers.properties(metric).has_value(); };
  questions.passes = [&](std::span<std::string const> metrics) { return answers.passes(metrics); };
  questions.same_counters = [&](std::string const& whole, std::span<std::string const> parts) {
    return answers.same_counters(whole, parts);
  };
  questions.can_count = [&](std::string const& metric) { return answers.can_count(metric); };
  std::vector<chip_plan> out;
  for (auto const& request : requests) {
    auto plan = plan_metrics(questions, request);
    auto& made = out.emplace_back(chip_plan{chip,
                                            {},
                                            std::move(plan.narrowed),
                                            std::move(plan.notes),
                                            std::move(plan.lacking),
                                            answers.refusal()});
    for (auto const& group : plan.groups) made.groups.push_back(planned(answers, plan, group));
  }
  return out;
}

chip_plan make_plan(std::string const& chip, metric_request const& request,
                    std::span<std::uint8_t const> availability) {
  return std::move(make_plans(chip, {&request, 1}, availability).front());
}

bool same_counters(std::string const& chip, std::string const& whole, std::span<std::string const> parts) {
  return chip_answers(chip, {}).same_counters(whole, parts);
}

std::vector<listed_metric> list_metrics(std::string const& chip) {
  chip_answers const answers(chip, {});
  std::vector<listed_metric> out;
  for (auto const& name : answers.base()) {
    // Up to 12.9 only a name with rollup has properties.
    auto properties = answers.properties(name);
    for (auto const* rollup : {".sum", ".ratio", ".avg.pct_of_peak_sustained_elapsed"}) {
      if (!properties) properties = answers.properties(name + rollup);
    }
    auto found = std::move(properties).value_or(metric_properties{});
    out.push_back({name, std::move(found.unit), std::move(found.description)});
  }
  std::sort(out.begin(), out.end(), [](auto const& a, auto const& b) { return a.name < b.name; });
  return out;
}

}  // namespace flopwatch::cupti
