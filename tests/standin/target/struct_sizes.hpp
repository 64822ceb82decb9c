// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>

#include <cupti_callbacks.h>
#include <cupti_profiler_host.h>
#include <cupti_profiler_target.h>
#include <cupti_range_profiler.h>
#include <cupti_target.h>

#include "target/check.hpp"

/// \file
/// Rule 1: the exact struct sizes, as measured on 12.6.80 to 13.1, and what later headers add. They are
/// written out, so that a newer header cannot move them.

namespace standin {

struct struct_size {
  std::size_t first;       ///< of 12.6.80; every later version takes it
  std::size_t second = 0;  ///< what it grew to
  int since = 999999;      ///< in which version
};

template <class Params>
inline constexpr struct_size size_of{};

#define STANDIN_SIZE(params, ...)                \
  template <>                                    \
  inline constexpr struct_size size_of<params> { \
    __VA_ARGS__                                  \
  }
STANDIN_SIZE(CUpti_Profiler_Initialize_Params, 16);
STANDIN_SIZE(CUpti_Profiler_DeInitialize_Params, 16);
STANDIN_SIZE(CUpti_Profiler_DeviceSupported_Params, 52, 56, 130100);
STANDIN_SIZE(CUpti_Device_GetChipName_Params, 32);
STANDIN_SIZE(CUpti_Profiler_GetCounterAvailability_Params, 40, 41, 130100);
STANDIN_SIZE(CUpti_Profiler_Host_Initialize_Params, 48, 56, 130200);
STANDIN_SIZE(CUpti_Profiler_Host_Deinitialize_Params, 24);
STANDIN_SIZE(CUpti_Profiler_Host_GetSupportedChips_Params, 32);
STANDIN_SIZE(CUpti_Profiler_Host_GetBaseMetrics_Params, 48);
STANDIN_SIZE(CUpti_Profiler_Host_GetSubMetrics_Params, 56);
STANDIN_SIZE(CUpti_Profiler_Host_GetMetricProperties_Params, 60, 64, 130100);
STANDIN_SIZE(CUpti_Profiler_Host_ConfigAddMetrics_Params, 40);
STANDIN_SIZE(CUpti_Profiler_Host_GetConfigImageSize_Params, 32);
STANDIN_SIZE(CUpti_Profiler_Host_GetConfigImage_Params, 40);
STANDIN_SIZE(CUpti_Profiler_Host_GetNumOfPasses_Params, 40);
STANDIN_SIZE(CUpti_Profiler_Host_GetMaxNumHardwareMetricsPerPass_Params, 48);
STANDIN_SIZE(CUpti_Profiler_Host_GetRangeName_Params, 56);
STANDIN_SIZE(CUpti_Profiler_Host_EvaluateToGpuValues_Params, 72);
STANDIN_SIZE(CUpti_RangeProfiler_SetConfig_Params, 90);
STANDIN_SIZE(CUpti_RangeProfiler_Enable_Params, 32, 36, 130400);
STANDIN_SIZE(CUpti_RangeProfiler_Disable_Params, 24);
STANDIN_SIZE(CUpti_RangeProfiler_Start_Params, 24);
STANDIN_SIZE(CUpti_RangeProfiler_PopRange_Params, 24);
STANDIN_SIZE(CUpti_RangeProfiler_Stop_Params, 41);
STANDIN_SIZE(CUpti_RangeProfiler_PushRange_Params, 32);
STANDIN_SIZE(CUpti_RangeProfiler_DecodeData_Params, 32);
STANDIN_SIZE(CUpti_RangeProfiler_GetCounterDataSize_Params, 64);
STANDIN_SIZE(CUpti_RangeProfiler_CounterDataImage_Initialize_Params, 40);
STANDIN_SIZE(CUpti_RangeProfiler_GetCounterDataInfo_Params, 40);
STANDIN_SIZE(CUpti_RangeProfiler_CounterData_GetRangeInfo_Params, 56);
#undef STANDIN_SIZE

/// Faults, then rules 1 and 2.
template <class Params>
[[nodiscard]] CUptiResult begin(char const* function, Params const* params) {
  if (CUptiResult const refused = begin(function)) return refused;
  constexpr auto sizes = size_of<Params>;
  static_assert(sizes.first != 0);
  return check_struct(function, params, params == nullptr ? 0 : params->structSize, sizes.first, sizes.second,
                      sizes.since);
}

/// Rule 2: the bytes between two fields are zero.
[[nodiscard]] inline bool padding_is_zero(void const* params, std::size_t from, std::size_t to) {
  auto const* const bytes = static_cast<unsigned char const*>(params);
  for (std::size_t i = from; i < to; ++i) {
    if (bytes[i] != 0) return false;
  }
  return true;
}

}  // namespace standin

#define STANDIN_BEGIN(params) \
  if (CUptiResult const refused = standin::begin(__func__, params); refused != CUPTI_SUCCESS) return refused
