// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
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

/// Each metric by itself: one that the device lacks spoils no other.
json counted_by(gpu const& device, program const& kernel, std::vector<std::string> const& names) {
  auto counted = json::object();
  auto refused = json::object();
  for (auto const& name : names) {
    try {
      auto const result = count(device, metrics_of(device, {name}), {},
                                [&](json& codes) { codes["launch"] = code_of(kernel.launch()); });
      if (result.values.size() != 1) {
        refused[name] = result.codes;
      } else if (result.values[0][0] != 0) {
        counted[name] = number(result.values[0][0]);
      }
    } catch (flopwatch::error const& e) {
      refused[name] = e.what();
    }
  }
  return {
      {"expected_thread_instructions", kernel.expected()}, {"not_zero", counted}, {"not_counted", refused}};
}

}  // namespace

finding hfma2_on_tensor_pipe(setting const& s) {
  gpu const device(s);
  auto const names = tensor_metrics(device);
  finding out;
  out.facts["metrics_asked"] = names;
  // The last ones show that the counters stay at 0 where they should, and count where they should.
  for (auto const* name :
       {"known_hfma2", "known_hfma_one_lane", "known_hadd2", "known_ffma", "known_mma_fp16"}) {
    program const kernel(device, name);
    out.facts[name] = counted_by(device, kernel, names);
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
