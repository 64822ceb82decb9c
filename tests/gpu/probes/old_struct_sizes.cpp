// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <functional>

#include "cupti/struct_sizes.hpp"
#include "gpu/probes/counting.hpp"
#include "gpu/probes/own_child.hpp"
#include "gpu/probes/probes.hpp"

namespace gpu_probes {
namespace {

namespace cupti = flopwatch::cupti;

constexpr std::size_t largest_tried = 160;

/// A struct with zeros behind it, for sizes that are larger than it is.
template <class Params>
struct roomy {
  Params params = cupti::params<Params>();
  std::array<unsigned char, largest_tried> zeros{};
};

struct sizes {
  std::size_t known;  ///< that flopwatch sends
  std::size_t without_last_field;
  std::size_t of_headers;  ///< that the headers of this build say
};

json scan(sizes const& named, std::function<CUptiResult(std::size_t)> const& call) {
  auto accepted = json::array();
  for (std::size_t bytes = 1; bytes <= largest_tried; ++bytes) {
    if (call(bytes) == CUPTI_SUCCESS) accepted.push_back(bytes);
  }
  json out{{"accepted_bytes", accepted}};
  auto const one = [&](char const* name, std::size_t bytes) {
    out[name] = {{"bytes", bytes}, {"result", code_of(call(bytes))}};
  };
  one("size_that_is_sent", named.known);
  one("without_the_last_field", named.without_last_field);
  one("eight_bytes_more", named.known + 8);
  one("size_of_the_headers", named.of_headers);
  out["clause"] = "takes the sizes " + accepted.dump();
  return out;
}

json ask_initialize(setting const& s) {
  bare_gpu const device(s);
  using params = CUpti_Profiler_Initialize_Params;
  return scan({cupti::first_size<params>::value, offsetof(params, pPriv),
               CUpti_Profiler_Initialize_Params_STRUCT_SIZE},
              [&](std::size_t bytes) {
                roomy<params> p;
                p.params.structSize = bytes;
                return device.cupti().cuptiProfilerInitialize(&p.params);
              });
}

json ask_enable(setting const& s) {
  gpu const device(s);
  using params = CUpti_RangeProfiler_Enable_Params;
  return scan({cupti::first_size<params>::value, offsetof(params, pRangeProfilerObject),
               CUpti_RangeProfiler_Enable_Params_STRUCT_SIZE},
              [&](std::size_t bytes) {
                roomy<params> p;
                p.params.structSize = bytes;
                p.params.ctx = device.context();
                auto const code = device.cupti().cuptiRangeProfilerEnable(&p.params);
                if (code == CUPTI_SUCCESS && p.params.pRangeProfilerObject != nullptr) {
                  auto off = cupti::params<CUpti_RangeProfiler_Disable_Params>();
                  off.pRangeProfilerObject = p.params.pRangeProfilerObject;
                  device.cupti().cuptiRangeProfilerDisable(&off);
                }
                return code;
              });
}

json ask_set_config(setting const& s) {
  gpu const device(s);
  raw_profiler profiler(device, metrics_of(device, {"sm__sass_thread_inst_executed_op_ffma_pred_on.sum"}));
  for (auto const code :
       {profiler.enable(device.context()), profiler.size(8), profiler.initialise(), profiler.set_config()}) {
    if (code != CUPTI_SUCCESS) return {{"clause", "cannot be prepared: " + words_for(code)}};
  }
  using params = CUpti_RangeProfiler_SetConfig_Params;
  auto out = scan({cupti::first_size<params>::value, offsetof(params, targetNestingLevel),
                   CUpti_RangeProfiler_SetConfig_Params_STRUCT_SIZE},
                  [&](std::size_t bytes) {
                    roomy<params> p;
                    p.params = profiler.modes;
                    p.params.structSize = bytes;
                    return device.cupti().cuptiRangeProfilerSetConfig(&p.params);
                  });
  out["disable"] = code_of(profiler.disable());
  return out;
}

}  // namespace

finding old_struct_sizes(setting const& s) {
  finding out;
  out.facts["cuptiProfilerInitialize"] = in_own_child([&] { return ask_initialize(s); });
  out.facts["cuptiRangeProfilerEnable"] = in_own_child([&] { return ask_enable(s); });
  out.facts["cuptiRangeProfilerSetConfig"] = in_own_child([&] { return ask_set_config(s); });
  out.answer = sentence_of(out.facts);
  return out;
}

}  // namespace gpu_probes
