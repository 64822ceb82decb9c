// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "gpu/probes/counting.hpp"
#include "gpu/probes/own_child.hpp"
#include "gpu/probes/probes.hpp"

namespace gpu_probes {
namespace {

json with_a_context_current(setting const& s) {
  gpu const device(s);
  program const kernel(device, "known_ffma");
  auto const result = count(device, metrics_of(device, {kernel.metric()}), {.null_context = true},
                            [&](json& codes) { codes["launch"] = code_of(kernel.launch()); });
  auto facts = result.facts(kernel.expected());
  facts["clause"] = clause_of(result, 1, kernel.expected());
  return facts;
}

json with_no_context_current(setting const& s) {
  gpu const device(s);
  raw_profiler profiler(device, metrics_of(device, {"sm__sass_thread_inst_executed_op_ffma_pred_on.sum"}));
  known_counts::must(cuCtxSetCurrent(nullptr), "cuCtxSetCurrent");
  auto const code = profiler.enable(nullptr);
  json out{{"codes", {{"enable", code_of(code)}}}};
  if (code == CUPTI_SUCCESS) out["codes"]["disable"] = code_of(profiler.disable());
  out["clause"] = "enable answers " + words_for(code);
  return out;
}

}  // namespace

finding null_context(setting const& s) {
  finding out;
  out.facts["with_a_context_current"] = in_own_child([&] { return with_a_context_current(s); });
  out.facts["with_no_context_current"] = in_own_child([&] { return with_no_context_current(s); });
  out.answer = "NULL in cuptiRangeProfilerEnable: " + sentence_of(out.facts);
  return out;
}

}  // namespace gpu_probes
