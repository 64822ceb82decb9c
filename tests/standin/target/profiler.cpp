// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>

#include "target/availability.hpp"
#include "target/hooks.hpp"
#include "target/range_object.hpp"
#include "target/struct_sizes.hpp"

/// \file
/// The profiler as a whole: initialising it, and what it says of a device.

namespace standin {
namespace {

std::atomic<bool> profiler_ready{false};

/// Rule 3 in front of every target call.
CUptiResult check_ready(char const* function) {
  return profiler_ready ? CUPTI_SUCCESS : refuse(3, function, 7, "cuptiProfilerInitialize was not called");
}

/// The level that stands for "works" (cupti_profiler_target.h).
constexpr int supported = CUPTI_PROFILER_CONFIGURATION_SUPPORTED;

CUpti_Profiler_Support_Level level(int value) { return static_cast<CUpti_Profiler_Support_Level>(value); }

}  // namespace

bool profiler_initialised() { return profiler_ready; }
void forget_profiler() { profiler_ready = false; }

int refusal_of(standin_device const& device) {
  if (device.refusal != 0) return device.refusal;
  if (device.architecture != supported) return CUPTI_ERROR_NOT_SUPPORTED;
  // [inference] No code names the SKU.
  if (device.sku < supported && state().version >= size_of<CUpti_Profiler_DeviceSupported_Params>.since)
    return CUPTI_ERROR_NOT_SUPPORTED;
  if (device.confidential_compute != supported) return CUPTI_ERROR_CONFIDENTIAL_COMPUTING_NOT_SUPPORTED;
  if (device.cmp != supported) return CUPTI_ERROR_CMP_DEVICE_NOT_SUPPORTED;
  if (device.sli != supported) return CUPTI_ERROR_SLI_DEVICE_NOT_SUPPORTED;
  if (device.wsl != supported) return CUPTI_ERROR_WSL_DEVICE_NOT_SUPPORTED;
  if (device.vgpu == CUPTI_PROFILER_CONFIGURATION_DISABLED) {
    return CUPTI_ERROR_VIRTUALIZED_DEVICE_INSUFFICIENT_PRIVILEGES;
  }
  return device.vgpu == supported ? 0 : CUPTI_ERROR_VIRTUALIZED_DEVICE_NOT_SUPPORTED;
}

}  // namespace standin

using namespace standin;

extern "C" {

CUptiResult cuptiProfilerInitialize(CUpti_Profiler_Initialize_Params* params) {
  STANDIN_BEGIN(params);
  if (!has_driver()) return no_driver_code();
  profiler_ready = true;
  return CUPTI_SUCCESS;
}

CUptiResult cuptiProfilerDeInitialize(CUpti_Profiler_DeInitialize_Params* params) {
  STANDIN_BEGIN(params);
  if (!has_driver()) {
    // Without a driver 12.x crashes (measured).
    return state().version < 130000 ? crash(34, __func__, 15, "there is no driver") : no_driver_code();
  }
  if (!profiler_ready.exchange(false))
    return crash(34, __func__, 7, "the profiler is not initialised (any more)");
  return CUPTI_SUCCESS;
}

CUptiResult cuptiProfilerDeviceSupported(CUpti_Profiler_DeviceSupported_Params* params) {
  STANDIN_BEGIN(params);
  if (!has_driver()) return no_driver_code();
  if (CUptiResult const refused = check_ready(__func__)) return refused;
  if (params->api != CUPTI_PROFILER_RANGE_PROFILING) {
    return refuse(0, __func__, 1, "api is an input, and not CUPTI_PROFILER_RANGE_PROFILING");
  }
  if (params->cuDevice < 0 || params->cuDevice >= driver()->device_count()) return CUPTI_ERROR_INVALID_DEVICE;
  auto const device = driver()->device(params->cuDevice);
  int const levels[] = {device.architecture,         device.sli, device.vgpu,
                        device.confidential_compute, device.cmp, device.wsl};
  // "SUPPORTED if all following flags are SUPPORTED, UNSUPPORTED otherwise" (cupti_profiler_target.h);
  // from 13.1 on the SKU's is one of them, at the end of the longer struct.
  bool const has_sku = state().version >= size_of<CUpti_Profiler_DeviceSupported_Params>.since;
  bool const all =
      std::all_of(std::begin(levels), std::end(levels), [](int one) { return one >= supported; }) &&
      (!has_sku || device.sku >= supported);
  params->isSupported =
      all ? CUPTI_PROFILER_CONFIGURATION_SUPPORTED : CUPTI_PROFILER_CONFIGURATION_UNSUPPORTED;
  params->architecture = level(device.architecture);
  params->sli = level(device.sli);
  params->vGpu = level(device.vgpu);
  params->confidentialCompute = level(device.confidential_compute);
  params->cmp = level(device.cmp);
  params->wsl = level(device.wsl);
  constexpr auto sizes = size_of<CUpti_Profiler_DeviceSupported_Params>;
  if (params->structSize == sizes.second)
    std::memcpy(reinterpret_cast<unsigned char*>(params) + sizes.first, &device.sku, sizeof device.sku);
  return CUPTI_SUCCESS;
}

CUptiResult cuptiDeviceGetChipName(CUpti_Device_GetChipName_Params* params) {
  STANDIN_BEGIN(params);
  if (!has_driver()) return no_driver_code();
  if (CUptiResult const refused = check_ready(__func__)) return refused;
  if (params->deviceIndex >= static_cast<std::size_t>(driver()->device_count()))
    return CUPTI_ERROR_INVALID_DEVICE;
  params->pChipName = intern(driver()->device(static_cast<int>(params->deviceIndex)).chip);
  return CUPTI_SUCCESS;
}

CUptiResult cuptiGetDeviceId(CUcontext context, uint32_t* device) {
  if (CUptiResult const refused = begin(__func__)) return refused;
  if (device == nullptr) return CUPTI_ERROR_INVALID_PARAMETER;
  if (!has_driver()) return no_driver_code();
  auto* const info = driver()->info(context);
  // "CUPTI_ERROR_INVALID_CONTEXT if no context is associated with the current thread" (cupti_activity.h).
  if (info == nullptr || !info->alive) return CUPTI_ERROR_INVALID_CONTEXT;
  *device = static_cast<uint32_t>(info->device);
  return CUPTI_SUCCESS;
}

CUptiResult cuptiProfilerGetCounterAvailability(CUpti_Profiler_GetCounterAvailability_Params* params) {
  STANDIN_BEGIN(params);
  if (!has_driver()) return no_driver_code();
  if (CUptiResult const refused = check_ready(__func__)) return refused;
  // "if NULL, the current CUcontext is used" (cupti_profiler_target.h).
  auto* const context = params->ctx == nullptr ? driver()->current() : params->ctx;
  auto const* const known = driver()->info(context);
  if (known == nullptr || !known->alive) return refuse(7, __func__, 3, "no context, or a dead one");
  // Rule 4: "may fail, if any profiling or sampling session is active on the specified context or its device"
  // (cupti_profiler_target.h); here it always does.
  if (enabled_on(known->device)) return refuse(4, __func__, 7, "a range profiler is enabled on that device");
  // Rule 28: without permission 35 (seen on a GPU).
  if (!state().permission) return CUPTI_ERROR_INSUFFICIENT_PRIVILEGES;
  auto const device = driver()->device(known->device);
  if (int const code = refusal_of(device)) return static_cast<CUptiResult>(code);
  availability_image image{};
  std::snprintf(image.chip, sizeof image.chip, "%s", device.chip);
  image.lacking = state().hash_of_lacking();
  if (params->pCounterAvailabilityImage != nullptr) {
    if (params->counterAvailabilityImageSize < sizeof image) {
      return refuse(4, __func__, 1, "the buffer is smaller than the first call said");
    }
    std::memcpy(params->pCounterAvailabilityImage, &image, sizeof image);
  }
  params->counterAvailabilityImageSize = sizeof image;
  return CUPTI_SUCCESS;
}

}  // extern "C"
