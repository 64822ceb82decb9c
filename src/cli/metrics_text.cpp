// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "cli/metrics_output.hpp"
#include "cupti/host.hpp"
#include "cupti/locate/candidates.hpp"
#include "flopwatch/error.hpp"
#include "text/count_text.hpp"
#include "text/wrap.hpp"

namespace flopwatch::cli {
namespace {

constexpr auto of_indicator =
    "Instructions that start work on the tensor cores. They count no FLOPs and need no extra pass: if there "
    "are any and no tensor counters are collected, the total lacks that work.";
constexpr auto of_others = "It counts no FLOPs.";

/// Sentences indented by `indent`; the caller writes the first indent.
std::string wrapped(int indent, std::string_view sentences) {
  return text::wrap_after(sentences, indent, indent) + '\n';
}

std::string counted(std::size_t n, std::string_view one, std::string_view several) {
  return text::counted(static_cast<std::int64_t>(n), one, several);
}

std::string passes(int n) { return text::counted(n, "pass", "passes"); }

std::string joined(std::vector<std::string> const& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string copy_line(cupti::loaded_library const& copy) {
  auto out = fmt::format("CUPTI {}, {}: {}\n", cupti::version_text(copy.version), copy.source, copy.path);
  if (!copy.passed_over.empty()) out += wrapped(0, "Note: " + copy.passed_over + ".");
  return out;
}

std::string set_text(metric_request const& request) {
  if (!request.metrics.empty()) return "own metrics";
  auto const types = request.types.empty() ? "" : ", types " + joined(request.types);
  return fmt::format("set {}{}", to_string(request.set), types);
}

std::string weight_text(cupti::planned_metric const& metric) {
  if (!metric.weight) return "-";
  auto const& w = *metric.weight;
  return w.floor == w.ceiling ? fmt::format("{}", w.floor) : fmt::format("{} to {}", w.floor, w.ceiling);
}

std::string format_text(cupti::planned_metric const& metric) {
  if (!metric.weight) return "-";
  return std::string(metric.weight->precision == precision::unknown ? "several"
                                                                    : to_string(metric.weight->precision));
}

std::string reason_of(cupti::planned_metric const& metric) {
  if (metric.indicator) return of_indicator;
  if (!metric.weight) return of_others;
  return std::string(metric.weight->reason) + (metric.weight->proved ? "" : " Unproved.");
}

/// The reasons, numbered in the order of first use.
class footnotes {
 public:
  std::size_t number(std::string reason) {
    auto const found = std::find(reasons_.begin(), reasons_.end(), reason);
    auto const n = static_cast<std::size_t>(found - reasons_.begin()) + 1;
    if (found == reasons_.end()) reasons_.push_back(std::move(reason));
    return n;
  }

  std::string text() const {
    if (reasons_.empty()) return "";
    std::string out = "\nReasons for the weights\n";
    for (std::size_t i = 0; i < reasons_.size(); ++i) {
      out += fmt::format("{:>4}  {}", fmt::format("[{}]", i + 1), wrapped(6, reasons_[i]));
    }
    return out;
  }

 private:
  std::vector<std::string> reasons_;
};

/// How CUPTI gets the values of a group.
char const* collected_by(cupti::planned_group const& group) {
  auto const instrumented = std::count_if(group.metrics.begin(), group.metrics.end(),
                                          [](auto const& metric) { return is_instrumented(metric.name); });
  if (instrumented == 0) return "hardware counters";
  return instrumented == std::ssize(group.metrics) ? "instrumented kernels"
                                                   : "instrumented kernels and hardware counters";
}

std::string group_text(cupti::planned_group const& group, std::size_t number, std::size_t name_width,
                       footnotes& notes) {
  auto out = fmt::format("\nGroup {}: {}, {}\n", number, passes(group.passes), collected_by(group));
  out +=
      fmt::format("  {:<{}}  {:>6}  {:<7}  {:<11}  why\n", "metric", name_width, "FLOPs", "format", "unit");
  for (auto const& metric : group.metrics) {
    out += fmt::format("  {:<{}}  {:>6}  {:<7}  {:<11}  [{}]\n", metric.name, name_width, weight_text(metric),
                       format_text(metric), metric.unit.empty() ? "-" : metric.unit,
                       notes.number(reason_of(metric)));
  }
  return out;
}

std::string derived_text(metric_request const& request) {
  std::string out;
  for (auto const& name : request.metrics) {
    auto const* const derived = derived_metric_from(name);
    if (derived == nullptr) continue;
    out += fmt::format("  {}\n", derived->name);
    for (auto const& term : derived->terms) out += fmt::format("    {} x {}\n", term.weight, term.metric);
    out += "    " + wrapped(4, derived->reason);
  }
  return out.empty() ? "" : "\nComputed from these\n" + out;
}

}  // namespace

std::vector<chip_line> chips_of_cupti(metric_request const& request) {
  std::vector<chip_line> out;
  for (auto const& chip : cupti::supported_chips()) {
    auto& line = out.emplace_back();
    line.chip = chip;
    try {
      std::vector<metric_request> requests;
      for (auto const set : {metric_set::cuda_core, metric_set::tensor, metric_set::full}) {
        requests.push_back({.set = set, .types = request.types});
      }
      auto const plans = cupti::make_plans(chip, requests);
      line.cuda_core = plans[0].passes();
      line.tensor = plans[1].passes();
      line.full = plans[2].passes();
    } catch (cupti_error const& refused) {
      line.error = refused.what();
    }
  }
  return out;
}

std::string chips_text(cupti::loaded_library const& copy, std::vector<chip_line> const& chips,
                       metric_request const& request) {
  auto out = copy_line(copy);
  out += fmt::format("\nPasses of each set{}\n",
                     request.types.empty() ? "" : ", tensor cores narrowed to " + joined(request.types));
  out += fmt::format("  {:<8}  {:>9}  {:>6}  {:>4}\n", "chip", "cuda-core", "tensor", "full");
  for (auto const& line : chips) {
    if (line.error.empty()) {
      out += fmt::format("  {:<8}  {:>9}  {:>6}  {:>4}\n", line.chip, line.cuda_core, line.tensor, line.full);
    } else {
      out += fmt::format("  {:<8}  refused by this CUPTI\n", line.chip);
    }
  }
  return out +
         "\n0: the chip has no such counters. To see the plan of a chip: flopwatch metrics --chip GH100\n";
}

std::string list_text(cupti::loaded_library const& copy, std::string const& chip,
                      std::vector<cupti::listed_metric> const& metrics) {
  auto out = fmt::format("{}, {}\n{}\n", chip, counted(metrics.size(), "metric", "metrics"), copy_line(copy));
  for (auto const& m : metrics) {
    out += m.unit.empty() ? fmt::format("{}\n    {}\n", m.name, m.description)
                          : fmt::format("{}  [{}]\n    {}\n", m.name, m.unit, m.description);
  }
  return out;
}

std::string plan_text(cupti::loaded_library const& copy, cupti::chip_plan const& plan,
                      metric_request const& request) {
  auto out = fmt::format("{}, {}: {} in {}\n", plan.chip, set_text(request), passes(plan.passes()),
                         counted(plan.groups.size(), "group", "groups"));
  out += copy_line(copy);
  std::size_t name_width = 0;
  for (auto const& group : plan.groups) {
    for (auto const& metric : group.metrics) name_width = std::max(name_width, metric.name.size());
  }
  footnotes notes;
  for (std::size_t i = 0; i < plan.groups.size(); ++i) {
    out += group_text(plan.groups[i], i + 1, name_width, notes);
  }
  out += notes.text();
  out += derived_text(request);
  std::string remarks;
  auto const remark = [&](std::string const& text) { remarks += "  " + wrapped(2, text); };
  for (auto const& n : plan.narrowed) {
    remark(n.whole +
           " takes several passes; its parts, which are read from the same hardware counters, are collected "
           "instead: " +
           joined(n.parts) + ".");
  }
  if (plan.most_passes() > 1) {
    remark(
        "A group of several passes has metrics that can neither be collected in one pass nor split into "
        "parts: it needs kernel replay, or as many runs of your code.");
  }
  for (auto const& note : plan.notes) remark(note);
  if (!remarks.empty()) out += "\nNotes\n" + remarks;
  return out;
}

}  // namespace flopwatch::cli
