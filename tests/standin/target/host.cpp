// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <map>
#include <shared_mutex>

#include "target/availability.hpp"
#include "target/config_images.hpp"
#include "target/counter_image.hpp"
#include "target/evaluate.hpp"
#include "target/hooks.hpp"
#include "target/real.hpp"
#include "target/struct_sizes.hpp"

/// \file
/// The host side: passed on to the real CUPTI. What is added to host objects and handed out by them is
/// remembered, so that SetConfig knows its config images.

namespace standin {
namespace {

struct host_object {
  std::string chip;
  std::vector<std::string> metrics;
  bool poisoned = false;
  bool ended = false;
  bool of_device = false;  ///< made with the availability image of a device
};

std::shared_mutex mutex;
std::map<CUpti_Profiler_Host_Object*, host_object>& objects() {
  static auto& all = *new std::map<CUpti_Profiler_Host_Object*, host_object>;
  return all;
}
std::atomic<bool> any_initialised{false};

/// Calls the real function with a struct of the size that it knows.
template <class Params, class Function>
CUptiResult forward(Function* function, Params* params) {
  if (function == nullptr) return CUPTI_ERROR_NOT_INITIALIZED;
  constexpr std::size_t size = size_of<Params>.first;
  static_assert(size <= sizeof(Params));
  Params copy{};
  std::memcpy(static_cast<void*>(&copy), params, size);
  copy.structSize = size;
  CUptiResult const result = function(&copy);
  copy.structSize = params->structSize;
  std::memcpy(static_cast<void*>(params), &copy, size);
  return result;
}

CUptiResult check_object(char const* function, CUpti_Profiler_Host_Object* object) {
  if (object == nullptr) return refuse(1, function, 1, "the host object is NULL");
  std::shared_lock const lock(mutex);
  auto const found = objects().find(object);
  if (found == objects().end()) return refuse(1, function, 1, "no such host object");
  if (found->second.ended) return crash(34, function, 1, "the host object was deinitialised");
  // Rule 29 (measured): a failed ConfigAddMetrics spoils the object.
  if (found->second.poisoned)
    return refuse(29, function, 999, "the host object is spoilt by a failed AddMetrics");
  return CUPTI_SUCCESS;
}

bool lacks_one(CUpti_Profiler_Host_ConfigAddMetrics_Params const* params) {
  {
    std::shared_lock const lock(mutex);
    if (!objects().at(params->pHostObject).of_device) return false;
  }
  return std::any_of(params->ppMetricNames, params->ppMetricNames + params->numMetrics,
                     [](char const* metric) { return state().is_lacking(metric); });
}

CUptiResult refuse_lacking(CUpti_Profiler_Host_Object* object) {
  std::lock_guard const lock(mutex);
  objects().at(object).poisoned = true;
  return CUPTI_ERROR_INVALID_PARAMETER;
}

CUptiResult check_nvperf() {
  // Rule 28: 15 when libnvperf_host cannot be loaded (measured).
  return state().nvperf_hidden ? CUPTI_ERROR_NOT_INITIALIZED : CUPTI_SUCCESS;
}

/// The passes of an image that the real library just made.
std::size_t passes_of(std::vector<std::uint8_t>& bytes) {
  static auto* const function = STANDIN_REAL(cuptiProfilerHostGetNumOfPasses);
  CUpti_Profiler_Host_GetNumOfPasses_Params params{};
  params.structSize = size_of<CUpti_Profiler_Host_GetNumOfPasses_Params>.first;
  params.configImageSize = bytes.size();
  params.pConfigImage = bytes.data();
  return function != nullptr && function(&params) == CUPTI_SUCCESS ? params.numOfPasses : 0;
}

/// What the real library says of an object; 0 when it refuses.
std::size_t size_of_image(CUpti_Profiler_Host_Object* object) {
  static auto* const function = STANDIN_REAL(cuptiProfilerHostGetConfigImageSize);
  CUpti_Profiler_Host_GetConfigImageSize_Params params{};
  params.structSize = size_of<CUpti_Profiler_Host_GetConfigImageSize_Params>.first;
  params.pHostObject = object;
  return function != nullptr && function(&params) == CUPTI_SUCCESS ? params.configImageSize : 0;
}

}  // namespace

bool host_initialised() { return any_initialised; }
void forget_host() { any_initialised = false; }

}  // namespace standin

using namespace standin;

extern "C" {

CUptiResult cuptiProfilerHostInitialize(CUpti_Profiler_Host_Initialize_Params* params) {
  STANDIN_BEGIN(params);
  if (!padding_is_zero(params, 20, 24)) return refuse(2, __func__, 1, "garbage behind profilerType");
  if (CUptiResult const refused = check_nvperf()) return refused;
  auto const* const image = params->pCounterAvailabilityImage;
  availability_image own;
  bool const is_own = image != nullptr && std::memcmp(image, own.mark, sizeof own.mark) == 0;
  if (is_own) {
    std::memcpy(&own, image, sizeof own);
    if (params->pChipName != nullptr && std::strcmp(own.chip, params->pChipName) != 0) {
      return refuse(0, __func__, 1, "the availability image is of another chip");
    }
    params->pCounterAvailabilityImage = nullptr;
  }
  static auto* const function = STANDIN_REAL(cuptiProfilerHostInitialize);
  CUptiResult const result = forward(function, params);
  params->pCounterAvailabilityImage = image;
  // Rule 32 (measured): a chip that CUPTI does not know is 46 from 13.0 on, 1 before.
  if (result == CUPTI_ERROR_INVALID_CHIP_NAME && state().version < 130000)
    return CUPTI_ERROR_INVALID_PARAMETER;
  if (result != CUPTI_SUCCESS) return result;
  any_initialised = true;
  std::lock_guard const lock(mutex);
  objects()[params->pHostObject] = {params->pChipName, {}, false, false, is_own};
  return result;
}

CUptiResult cuptiProfilerHostDeinitialize(CUpti_Profiler_Host_Deinitialize_Params* params) {
  STANDIN_BEGIN(params);
  {
    std::lock_guard const lock(mutex);
    auto const found = objects().find(params->pHostObject);
    if (found == objects().end()) return refuse(1, __func__, 1, "no such host object");
    if (found->second.ended) return crash(34, __func__, 1, "the host object was deinitialised before");
    found->second.ended = true;
  }
  static auto* const function = STANDIN_REAL(cuptiProfilerHostDeinitialize);
  return forward(function, params);
}

CUptiResult cuptiProfilerHostGetSupportedChips(CUpti_Profiler_Host_GetSupportedChips_Params* params) {
  STANDIN_BEGIN(params);
  if (CUptiResult const refused = check_nvperf()) return refused;
  static auto* const function = STANDIN_REAL(cuptiProfilerHostGetSupportedChips);
  return forward(function, params);
}

CUptiResult cuptiProfilerHostConfigAddMetrics(CUpti_Profiler_Host_ConfigAddMetrics_Params* params) {
  STANDIN_BEGIN(params);
  if (CUptiResult const refused = check_object(__func__, params->pHostObject)) return refused;
  // With a device's availability image a metric that it lacks fails here, without one it comes back NaN at
  // evaluation (CUPTI's documentation of pCounterAvailabilityImage; the code is [inference]).
  if (lacks_one(params)) return refuse_lacking(params->pHostObject);
  static auto* const function = STANDIN_REAL(cuptiProfilerHostConfigAddMetrics);
  CUptiResult const result = forward(function, params);
  std::lock_guard const lock(mutex);
  auto& object = objects()[params->pHostObject];
  if (result != CUPTI_SUCCESS) {
    object.poisoned = true;
    return result;
  }
  for (std::size_t i = 0; i < params->numMetrics; ++i) {
    std::string const name = params->ppMetricNames[i];
    auto& known = object.metrics;
    if (std::find(known.begin(), known.end(), name) == known.end()) known.push_back(name);
  }
  return result;
}

CUptiResult cuptiProfilerHostGetConfigImage(CUpti_Profiler_Host_GetConfigImage_Params* params) {
  STANDIN_BEGIN(params);
  if (CUptiResult const refused = check_object(__func__, params->pHostObject)) return refused;
  // Rule 29: "Number of bytes allocated for pBuffer"; a smaller one is refused with 1 (measured), a larger
  // one only here.
  if (params->configImageSize != size_of_image(params->pHostObject)) {
    return refuse(29, __func__, 1, "configImageSize is not what GetConfigImageSize said");
  }
  static auto* const function = STANDIN_REAL(cuptiProfilerHostGetConfigImage);
  CUptiResult const result = forward(function, params);
  if (result != CUPTI_SUCCESS) return refuse(29, __func__, result, "there is no config image");
  config_image image;
  image.bytes.assign(params->pConfigImage, params->pConfigImage + params->configImageSize);
  image.passes = passes_of(image.bytes);
  {
    std::shared_lock const lock(mutex);
    auto const& object = objects().at(params->pHostObject);
    image.chip = object.chip;
    image.metrics = object.metrics;
  }
  remember(std::move(image));
  return result;
}

CUptiResult cuptiProfilerHostEvaluateToGpuValues(CUpti_Profiler_Host_EvaluateToGpuValues_Params* params) {
  STANDIN_BEGIN(params);
  if (CUptiResult const refused = check_object(__func__, params->pHostObject)) return refused;
  if (!counter_image::has_mark(params->pCounterDataImage, params->counterDataImageSize)) {
    static auto* const function = STANDIN_REAL(cuptiProfilerHostEvaluateToGpuValues);
    return forward(function, params);
  }
  std::string chip;
  {
    std::shared_lock const lock(mutex);
    chip = objects().at(params->pHostObject).chip;
  }
  return evaluate(__func__, chip, params->pCounterDataImage, params->counterDataImageSize, params->rangeIndex,
                  params->ppMetricNames, params->numMetrics, params->pMetricValues);
}

CUptiResult cuptiProfilerHostGetNumOfPasses(CUpti_Profiler_Host_GetNumOfPasses_Params* params) {
  STANDIN_BEGIN(params);
  static auto* const function = STANDIN_REAL(cuptiProfilerHostGetNumOfPasses);
  return forward(function, params);
}

// NOLINTBEGIN(bugprone-macro-parentheses): a name that is declared, and a type
#define STANDIN_FORWARD_OF_OBJECT(name, type)                                                    \
  CUptiResult name(type* params) {                                                               \
    STANDIN_BEGIN(params);                                                                       \
    if (CUptiResult const refused = check_object(__func__, params->pHostObject)) return refused; \
    static auto* const function = STANDIN_REAL(name);                                            \
    return forward(function, params);                                                            \
  }
// NOLINTEND(bugprone-macro-parentheses)
STANDIN_FORWARD_OF_OBJECT(cuptiProfilerHostGetBaseMetrics, CUpti_Profiler_Host_GetBaseMetrics_Params)
STANDIN_FORWARD_OF_OBJECT(cuptiProfilerHostGetSubMetrics, CUpti_Profiler_Host_GetSubMetrics_Params)
STANDIN_FORWARD_OF_OBJECT(cuptiProfilerHostGetMetricProperties,
                          CUpti_Profiler_Host_GetMetricProperties_Params)
STANDIN_FORWARD_OF_OBJECT(cuptiProfilerHostGetConfigImageSize, CUpti_Profiler_Host_GetConfigImageSize_Params)

CUptiResult cuptiProfilerHostGetMaxNumHardwareMetricsPerPass(
    CUpti_Profiler_Host_GetMaxNumHardwareMetricsPerPass_Params* params) {
  STANDIN_BEGIN(params);
  static auto* const function = STANDIN_REAL(cuptiProfilerHostGetMaxNumHardwareMetricsPerPass);
  return forward(function, params);
}

}  // extern "C"
