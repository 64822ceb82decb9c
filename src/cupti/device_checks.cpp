// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cupti/device_checks.hpp"

#include "cupti/result_text.hpp"
#include "cupti/struct_sizes.hpp"

namespace flopwatch::cupti {

void initialise_profiler(api const& cupti) {
  auto p = params<CUpti_Profiler_Initialize_Params>();
  check(cupti.cuptiProfilerInitialize(&p), "cuptiProfilerInitialize");
}

std::string chip_of(api const& cupti, int device) {
  auto p = params<CUpti_Device_GetChipName_Params>();
  p.deviceIndex = static_cast<std::size_t>(device);
  check(cupti.cuptiDeviceGetChipName(&p), "cuptiDeviceGetChipName");
  return p.pChipName == nullptr ? "" : p.pChipName;
}

std::string unsupported_because(api const& cupti, int device) {
  auto p = params<CUpti_Profiler_DeviceSupported_Params>();
  p.cuDevice = device;
  p.api = CUPTI_PROFILER_RANGE_PROFILING;
  check(cupti.cuptiProfilerDeviceSupported(&p), "cuptiProfilerDeviceSupported");
  // 4 is LIMITED_SUPPORT of CUDA 13.3 and newer.
  auto const refused = [](CUpti_Profiler_Support_Level level) {
    return level == CUPTI_PROFILER_CONFIGURATION_UNSUPPORTED ||
           level == CUPTI_PROFILER_CONFIGURATION_DISABLED;
  };
  if (!refused(p.isSupported)) return "";
  if (refused(p.confidentialCompute)) return "confidential computing is on, which hides the counters";
  if (refused(p.vGpu))
    return "this is a virtual GPU without profiling; use bare metal, or ask for enable_profiling";
  if (refused(p.sli)) return "SLI is on; switch it off";
  if (refused(p.cmp)) return "this is a mining card without counters; use another GPU";
  if (refused(p.wsl)) return "this WSL has no counters; Windows 11 and driver 525 or newer are needed";
  if (refused(p.architecture)) return "this GPU is too old for the range profiler; Turing or newer is needed";
  return "CUPTI does not support the range profiler here";
}

std::vector<std::uint8_t> counter_availability(api const& cupti, CUcontext context) {
  auto p = params<CUpti_Profiler_GetCounterAvailability_Params>();
  p.ctx = context;
  check(cupti.cuptiProfilerGetCounterAvailability(&p), "cuptiProfilerGetCounterAvailability");
  std::vector<std::uint8_t> image(p.counterAvailabilityImageSize);
  p.pCounterAvailabilityImage = image.data();
  check(cupti.cuptiProfilerGetCounterAvailability(&p), "cuptiProfilerGetCounterAvailability");
  image.resize(p.counterAvailabilityImageSize);
  return image;
}

}  // namespace flopwatch::cupti
