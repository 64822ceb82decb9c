// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "flopwatch/error.hpp"
#include "gpu/probes/counting.hpp"
#include "gpu/probes/probes.hpp"

namespace gpu_probes {
namespace {

std::vector<std::string> tensor_metrics(gpu const& device) {
  std::vector<std::string> out;
  for (auto const& name : device.counters()) {
    bool const of_tensor_cores =
        name.starts_with("sm__inst_executed_pipe_tensor") || name.starts_with("sm__ops_path_tensor_");
    if (of_tensor_cores && name.find("_realtime") == std::string::npos) out.push_back(name + ".sum");
  }
  return out;
}

/// Those that can be collected, together; `refused` has the others, which would spoil them.
metric_set collectable(gpu const& device, std::vector<std::string> const& names, json& refused) {
  std::vector<std::string> good;
  for (auto const& name : names) {
    try {
      static_cast<void>(metrics_of(device, {name}));
      good.push_back(name);
    } catch (flopwatch::error const& e) {
      refused[name] = e.what();
    }
  }
  return metrics_of(device, std::move(good));
}

/// All metrics in one session: one round for each pass that they need together.
json counted_by(gpu const& device, program const& kernel, metric_set const& metrics) {
  auto const result = count(device, metrics, {.max_ranges = 1},
                            [&](json& codes) { codes["launch"] = code_of(kernel.launch()); });
  auto counted = json::object();
  auto lacking = json::array();
  for (std::size_t i = 0; result.values.size() == 1 && i < metrics.names.size(); ++i) {
    auto const value = result.values[0].at(i);
    if (std::isnan(value)) {
      lacking.push_back(metrics.names[i]);
    } else if (value != 0) {
      counted[metrics.names[i]] = number(value);
    }
  }
  return {{"expected_thread_instructions", kernel.expected()},
          {"rounds", result.rounds},
          {"ranges", result.values.size()},
          {"codes", result.codes},
          {"not_zero", counted},
          {"not_a_number", lacking}};
}

}  // namespace

finding hfma2_on_tensor_pipe(setting const& s) {
  gpu const device(s);
  finding out;
  auto refused = json::object();
  auto const metrics = collectable(device, tensor_metrics(device), refused);
  out.facts["metrics_asked"] = metrics.names;
  out.facts["metrics_refused"] = refused;
  out.facts["passes"] = metrics.passes;
  // The last ones show that the counters stay at 0 where they should, and count where they should.
  for (auto const* name :
       {"known_hfma2", "known_hfma_one_lane", "known_hadd2", "known_ffma", "known_mma_fp16"}) {
    program const kernel(device, name);
    out.facts[name] = counted_by(device, kernel, metrics);
  }
  auto const& added = out.facts["known_hfma2"]["not_zero"];
  if (added.empty()) {
    out.answer =
        out.facts["known_mma_fp16"]["not_zero"].empty()
            ? "None of the tensor cores' counters counted anything, not even for a product of matrices."
            : "HFMA2 adds nothing to the tensor cores' counters.";
    return out;
  }
  out.answer = "HFMA2 adds to ";
  bool first = true;
  for (auto const& [name, value] : added.items()) {
    out.answer += std::string(first ? "" : ", ") + name + " (" + value.dump() + ")";
    first = false;
  }
  out.answer += ".";
  return out;
}

}  // namespace gpu_probes
