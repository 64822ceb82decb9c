// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "gpu/probes/counting.hpp"
#include "gpu/probes/own_child.hpp"
#include "gpu/probes/probes.hpp"
#include "gpu/probes/sass_counts.hpp"

namespace gpu_probes {
namespace {

/// The thread instructions of the kernel alone if the API has them, else those of all kinds.
sass_api::metric chosen(std::vector<sass_api::metric> const& metrics) {
  for (auto const* part : {"thread_inst_executed_op_ffma", "thread_inst_executed", "inst_executed"}) {
    auto const found = std::find_if(metrics.begin(), metrics.end(), [&](auto const& one) {
      return one.name.find(part) != std::string::npos;
    });
    if (found != metrics.end()) return *found;
  }
  return {};
}

/// What the range profiler counts under the same name.
json of_range_profiler(gpu const& device, program const& kernel, std::string const& name) {
  auto const all = device.counters();
  if (std::find(all.begin(), all.end(), name) == all.end()) return nullptr;
  auto const result = count(device, metrics_of(device, {name + ".sum"}), {},
                            [&](json& codes) { codes["launch"] = code_of(kernel.launch()); });
  return result.facts(kernel.expected());
}

json ask(setting const& s, bool lazily) {
  gpu const device(s);
  sass_api const api(device.cupti());
  if (!api.complete()) return {{"clause", "is not in this CUPTI"}};
  program const kernel(device, "known_ffma");
  json out{{"codes", json::object()}};
  auto const metrics = api.metrics(device.chip(), out["codes"]);
  auto names = json::array();
  for (auto const& one : metrics) names.push_back(one.name);
  out["metrics"] = names;
  auto const metric = chosen(metrics);
  if (metric.name.empty()) {
    out["clause"] = "names no metric that could be compared with the range profiler";
    return out;
  }
  out["metric"] = metric.name;
  auto const counted = api.count(device, kernel, metric, lazily, out["codes"]);
  out["counted_thread_instructions"] = counted;
  out["expected_thread_instructions"] = kernel.expected();
  if (counted < 0) {
    auto const last = out["codes"].contains("enable") ? "enable" : "set_config";
    out["clause"] =
        "gives no counts: " + std::string(last) + " answers " + out["codes"][last]["name"].get<std::string>();
    return out;
  }
  auto const ranges = of_range_profiler(device, kernel, metric.name);
  out["range_profiler"] = ranges;
  auto const same = ranges.is_object() && ranges["counted_thread_instructions"] == json::array({counted});
  out["clause"] = "works, and " + metric.name + " counts " + std::to_string(counted) +
                  (same ? ", as the range profiler does" : ", which the range profiler does not confirm");
  return out;
}

}  // namespace

finding sass_metrics_api(setting const& s) {
  finding out;
  out.facts["patching_at_first_launch"] = in_own_child([&] { return ask(s, true); });
  out.facts["patching_at_enable"] = in_own_child([&] { return ask(s, false); });
  out.answer = sentence_of(out.facts);
  return out;
}

}  // namespace gpu_probes
