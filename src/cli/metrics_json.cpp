// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "cli/metrics_output.hpp"

namespace flopwatch::cli {
namespace {

using json = nlohmann::ordered_json;

json start(cupti::loaded_library const& copy) {
  json out;
  out["schema_version"] = metrics_schema_version;
  out["cupti"] = {{"version", copy.version}, {"path", copy.path}, {"source", copy.source}};
  if (!copy.passed_over.empty()) out["cupti"]["passed_over"] = copy.passed_over;
  return out;
}

json metric_of(cupti::planned_metric const& metric) {
  json out{{"name", metric.name}, {"unit", metric.unit}, {"description", metric.description}};
  out["indicator"] = metric.indicator;
  out["instrumented"] = is_instrumented(metric.name);
  if (!metric.weight) {
    out["flops_per_unit"] = nullptr;
    return out;
  }
  auto const& w = *metric.weight;
  out["flops_per_unit"] = {{"floor", w.floor}, {"ceiling", w.ceiling}};
  out["proved"] = w.proved;
  out["precision"] = to_string(w.precision);
  out["tensor_core"] = w.tensor_core;
  out["reason"] = w.reason;
  return out;
}

std::string text(json const& document) {
  return document.dump(2, ' ', false, json::error_handler_t::replace) + '\n';
}

}  // namespace

std::string chips_json(cupti::loaded_library const& copy, std::vector<chip_line> const& chips) {
  auto out = start(copy);
  out["chips"] = json::array();
  for (auto const& line : chips) {
    json chip{{"name", line.chip}};
    if (line.error.empty()) {
      chip["passes"] = {{"cuda-core", line.cuda_core}, {"tensor", line.tensor}, {"full", line.full}};
    } else {
      chip["refused"] = line.error;
    }
    out["chips"].push_back(std::move(chip));
  }
  return text(out);
}

std::string list_json(cupti::loaded_library const& copy, std::string const& chip,
                      std::vector<cupti::listed_metric> const& metrics) {
  auto out = start(copy);
  out["chip"] = chip;
  out["base_metrics"] = json::array();
  for (auto const& m : metrics) {
    out["base_metrics"].push_back({{"name", m.name}, {"unit", m.unit}, {"description", m.description}});
  }
  return text(out);
}

std::string plan_json(cupti::loaded_library const& copy, cupti::chip_plan const& plan,
                      metric_request const& request) {
  auto out = start(copy);
  out["chip"] = plan.chip;
  if (request.metrics.empty()) {
    out["set"] = to_string(request.set);
    out["types"] = request.types;
  } else {
    out["requested"] = request.metrics;
  }
  out["passes"] = plan.passes();
  out["groups"] = json::array();
  for (auto const& group : plan.groups) {
    json one{{"passes", group.passes}, {"config_image_bytes", group.config_image.size()}};
    one["metrics"] = json::array();
    for (auto const& metric : group.metrics) one["metrics"].push_back(metric_of(metric));
    out["groups"].push_back(std::move(one));
  }
  out["narrowed"] = json::array();
  for (auto const& n : plan.narrowed) out["narrowed"].push_back({{"whole", n.whole}, {"parts", n.parts}});
  out["derived"] = json::array();
  for (auto const& name : request.metrics) {
    auto const* const derived = derived_metric_from(name);
    if (derived == nullptr) continue;
    json one{{"name", derived->name}, {"reason", derived->reason}, {"terms", json::array()}};
    for (auto const& term : derived->terms) {
      one["terms"].push_back({{"metric", term.metric}, {"weight", term.weight}});
    }
    out["derived"].push_back(std::move(one));
  }
  out["notes"] = plan.notes;
  return text(out);
}

}  // namespace flopwatch::cli
