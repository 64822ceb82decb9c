// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cupti/device_checks.hpp"

#include <string>

#include "cupti/device_support.hpp"
#include "cupti/result_text.hpp"
#include "cupti/struct_sizes.hpp"

namespace flopwatch::cupti {

void initialise_profiler(api const& cupti) {
  auto p = params<CUpti_Profiler_Initialize_Params>();
  check(cupti.cuptiProfilerInitialize(&p), "cuptiProfilerInitialize");
}

std::optional<bool> shared_by_mps(driver_api const& driver, int device) {
  CUdevice handle = 0;
  int shared = 0;
  if (driver.cuDeviceGet(&handle, device) != CUDA_SUCCESS ||
      driver.cuDeviceGetAttribute(&shared, CU_DEVICE_ATTRIBUTE_MPS_ENABLED, handle) != CUDA_SUCCESS)
    return std::nullopt;
  return shared != 0;
}

void refuse_mps(driver_api const& driver, int device) {
  if (!shared_by_mps(driver, device).value_or(false)) return;
  throw cupti_error(
      "The counters of cuda:" + std::to_string(device) +
          " count the work of all programs that share it through MPS, not of this one alone; stop MPS "
          "(`echo quit | nvidia-cuda-mps-control`), or set CUDA_MPS_PIPE_DIRECTORY to an empty folder.",
      exit_code::no_device);
}

std::string chip_of(api const& cupti, int device) {
  auto p = params<CUpti_Device_GetChipName_Params>();
  p.deviceIndex = static_cast<std::size_t>(device);
  check(cupti.cuptiDeviceGetChipName(&p), "cuptiDeviceGetChipName");
  return p.pChipName == nullptr ? "" : p.pChipName;
}

void refuse_unsupported(api const& cupti, int device) {
  auto const s = support_of(cupti, device);
  if (!is_in_the_way(s.whole)) return;
  auto const refuse = [&](char const* why, exit_code code = exit_code::no_device) {
    throw cupti_error("The counters of cuda:" + std::to_string(device) + " cannot be read: " + why + ".",
                      code);
  };
  if (is_in_the_way(s.confidential)) refuse("confidential computing is on, which hides the counters");
  if (is_switched_off(s.vgpu)) {
    refuse(
        "the profiling of this virtual GPU is switched off; have its administrator set enable_profiling "
        "for this virtual machine",
        exit_code::not_permitted);
  }
  if (is_in_the_way(s.vgpu)) refuse("this virtual GPU has no profiling; use a whole GPU");
  if (is_in_the_way(s.sli)) refuse("SLI is on; switch it off");
  if (is_in_the_way(s.cmp)) refuse("this is a mining card without counters; use another GPU");
  if (is_in_the_way(s.wsl)) refuse("this WSL has no counters; Windows 11 and driver 525 or newer are needed");
  if (is_in_the_way(s.architecture))
    refuse("this GPU is too old for the range profiler; Turing or newer is needed");
  if (is_in_the_way(s.sku))
    refuse("this CUPTI does not support this model of GPU; try a newer CUPTI and driver");
  refuse("CUPTI does not support the range profiler here");
}

std::vector<std::uint8_t> counter_availability(api const& cupti, CUcontext context) {
  auto p = params<CUpti_Profiler_GetCounterAvailability_Params>();
  p.ctx = context;
  check(call(cupti.cuptiProfilerGetCounterAvailability, p), "cuptiProfilerGetCounterAvailability");
  std::vector<std::uint8_t> image(p.counterAvailabilityImageSize);
  p.pCounterAvailabilityImage = image.data();
  check(call(cupti.cuptiProfilerGetCounterAvailability, p), "cuptiProfilerGetCounterAvailability");
  image.resize(p.counterAvailabilityImageSize);
  return image;
}

}  // namespace flopwatch::cupti
