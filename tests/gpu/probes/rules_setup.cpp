// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "cupti/struct_sizes.hpp"
#include "gpu/probes/rules.hpp"

namespace gpu_probes {
namespace {

namespace cupti = flopwatch::cupti;
using modes = CUpti_RangeProfiler_SetConfig_Params;

CUptiResult config_with(setting const& s, void (*change)(modes&)) {
  auto& x = scene::lasting(s);
  x.enable();
  static_cast<void>(x.profiler.size(8, 16));
  static_cast<void>(x.profiler.initialise());
  change(x.profiler.modes);
  return x.profiler.set_config();
}

CUptiResult size_with(setting const& s, std::size_t ranges, std::size_t nodes) {
  auto& x = scene::lasting(s);
  x.enable();
  return x.profiler.size(ranges, nodes);
}

/// Lasting, as a scene is.
bare_gpu const& uninitialised(setting const& s) { return *new bare_gpu(s); }

CUptiResult uninitialised_enable(setting const& s) {
  auto const& device = uninitialised(s);
  auto p = cupti::params<CUpti_RangeProfiler_Enable_Params>();
  p.ctx = device.context();
  return device.cupti().cuptiRangeProfilerEnable(&p);
}

CUptiResult uninitialised_availability(setting const& s) {
  auto const& device = uninitialised(s);
  auto p = cupti::params<CUpti_Profiler_GetCounterAvailability_Params>();
  p.ctx = device.context();
  return device.cupti().cuptiProfilerGetCounterAvailability(&p);
}

CUptiResult uninitialised_supported(setting const& s) {
  auto const& device = uninitialised(s);
  auto p = cupti::params<CUpti_Profiler_DeviceSupported_Params>();
  p.cuDevice = s.device;
  p.api = CUPTI_PROFILER_RANGE_PROFILING;
  return device.cupti().cuptiProfilerDeviceSupported(&p);
}

CUptiResult availability_while(setting const& s, bool started) {
  auto& x = scene::lasting(s);
  started ? x.start() : x.enable();
  auto p = cupti::params<CUpti_Profiler_GetCounterAvailability_Params>();
  p.ctx = x.device.context();
  return x.device.cupti().cuptiProfilerGetCounterAvailability(&p);
}

CUptiResult availability_too_small(setting const& s) {
  gpu const device(s);
  auto p = cupti::params<CUpti_Profiler_GetCounterAvailability_Params>();
  p.ctx = device.context();
  auto const code = device.cupti().cuptiProfilerGetCounterAvailability(&p);
  if (code != CUPTI_SUCCESS) return code;
  std::vector<std::uint8_t> room(p.counterAvailabilityImageSize);
  p.counterAvailabilityImageSize -= 1;
  p.pCounterAvailabilityImage = room.data();
  return device.cupti().cuptiProfilerGetCounterAvailability(&p);
}

constexpr std::array list{
    mistake{2, "SetConfig with pPriv set",
            [](setting const& s) { return config_with(s, [](modes& m) { m.pPriv = &m; }); }},
    mistake{3, "Enable before cuptiProfilerInitialize", uninitialised_enable},
    mistake{3, "GetCounterAvailability before cuptiProfilerInitialize", uninitialised_availability},
    mistake{3, "DeviceSupported before cuptiProfilerInitialize", uninitialised_supported},
    mistake{4, "GetCounterAvailability while enabled",
            [](auto const& s) { return availability_while(s, false); }},
    mistake{4, "GetCounterAvailability while started",
            [](auto const& s) { return availability_while(s, true); }},
    mistake{4, "GetCounterAvailability with one byte too few", availability_too_small},
    mistake{8, "GetCounterDataSize with fewer tree nodes than ranges",
            [](setting const& s) { return size_with(s, 8, 4); }},
    mistake{8, "GetCounterDataSize for no ranges", [](setting const& s) { return size_with(s, 0, 8); }},
    mistake{9, "SetConfig with an image for another metric",
            [](setting const& s) {
              auto& x = scene::lasting(s);
              x.enable();
              x.profiler.sized_for = {"sm__sass_thread_inst_executed_op_fadd_pred_on.sum"};
              static_cast<void>(x.profiler.size(8));
              static_cast<void>(x.profiler.initialise());
              return x.profiler.set_config();
            }},
    mistake{10, "CounterDataImageInitialize with one byte too few",
            [](setting const& s) {
              auto& x = scene::lasting(s);
              x.enable();
              static_cast<void>(x.profiler.size(8));
              x.profiler.image.pop_back();
              return x.profiler.initialise();
            }},
    mistake{10, "SetConfig with an image that was not initialised",
            [](setting const& s) {
              auto& x = scene::lasting(s);
              x.enable();
              static_cast<void>(x.profiler.size(8));
              return x.profiler.set_config();
            }},
    mistake{12, "SetConfig with UserRange and KernelReplay",
            [](setting const& s) {
              return config_with(s, [](modes& m) {
                m.range = CUPTI_UserRange;
                m.replayMode = CUPTI_KernelReplay;
              });
            }},
    mistake{13, "SetConfig in AutoRange with two nesting levels",
            [](setting const& s) { return config_with(s, [](modes& m) { m.numNestingLevels = 2; }); }},
    mistake{13, "SetConfig with numNestingLevels 0",
            [](setting const& s) { return config_with(s, [](modes& m) { m.numNestingLevels = 0; }); }},
    mistake{13, "SetConfig with minNestingLevel 0",
            [](setting const& s) { return config_with(s, [](modes& m) { m.minNestingLevel = 0; }); }},
    mistake{13, "SetConfig with no range mode",
            [](setting const& s) { return config_with(s, [](modes& m) { m.range = CUPTI_Range_INVALID; }); }},
    mistake{13, "SetConfig with no replay mode",
            [](setting const& s) {
              return config_with(s, [](modes& m) { m.replayMode = CUPTI_Replay_INVALID; });
            }},
    mistake{13, "SetConfig with maxRangesPerPass 0",
            [](setting const& s) { return config_with(s, [](modes& m) { m.maxRangesPerPass = 0; }); }},
    mistake{18, "SetConfig with a passIndex beyond the last",
            [](setting const& s) { return config_with(s, [](modes& m) { m.passIndex = 5; }); }},
};

}  // namespace

std::span<mistake const> setup_mistakes() { return list; }

}  // namespace gpu_probes
