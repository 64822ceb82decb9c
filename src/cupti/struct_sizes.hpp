// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "cupti/api.hpp"

/// \file
/// CUPTI compares `structSize` with the sizes that a struct ever had and refuses every other one, its own
/// `sizeof` included. The sizes of 12.6.80, the first release with all of these, are accepted by every later
/// one, so they are sent whatever the headers of this build say. If a later one refuses them, `call` sends
/// the size that it has.

namespace flopwatch::cupti {

/// Bytes of a struct as it was in 12.6.80. Not defined for structs that are not in the table below.
template <class Params>
struct first_size;

/// X(struct, its last field in 12.6.80, bytes up to the end of that field)
#define FLOPWATCH_CUPTI_STRUCTS(X)                                               \
  X(CUpti_Profiler_Initialize_Params, pPriv, 16)                                 \
  X(CUpti_Profiler_DeviceSupported_Params, api, 52)                              \
  X(CUpti_Profiler_GetCounterAvailability_Params, pCounterAvailabilityImage, 40) \
  X(CUpti_Device_GetChipName_Params, pChipName, 32)                              \
  X(CUpti_Profiler_Host_Initialize_Params, pHostObject, 48)                      \
  X(CUpti_Profiler_Host_Deinitialize_Params, pHostObject, 24)                    \
  X(CUpti_Profiler_Host_GetSupportedChips_Params, ppChipNames, 32)               \
  X(CUpti_Profiler_Host_GetBaseMetrics_Params, numMetrics, 48)                   \
  X(CUpti_Profiler_Host_GetSubMetrics_Params, ppSubMetrics, 56)                  \
  X(CUpti_Profiler_Host_GetMetricProperties_Params, metricType, 60)              \
  X(CUpti_Profiler_Host_ConfigAddMetrics_Params, numMetrics, 40)                 \
  X(CUpti_Profiler_Host_GetConfigImageSize_Params, configImageSize, 32)          \
  X(CUpti_Profiler_Host_GetConfigImage_Params, pConfigImage, 40)                 \
  X(CUpti_Profiler_Host_GetNumOfPasses_Params, numOfPasses, 40)                  \
  X(CUpti_Profiler_Host_EvaluateToGpuValues_Params, pMetricValues, 72)           \
  X(CUpti_RangeProfiler_Enable_Params, pRangeProfilerObject, 32)                 \
  X(CUpti_RangeProfiler_Disable_Params, pRangeProfilerObject, 24)                \
  X(CUpti_RangeProfiler_Start_Params, pRangeProfilerObject, 24)                  \
  X(CUpti_RangeProfiler_Stop_Params, isAllPassSubmitted, 41)                     \
  X(CUpti_RangeProfiler_PushRange_Params, pRangeName, 32)                        \
  X(CUpti_RangeProfiler_PopRange_Params, pRangeProfilerObject, 24)               \
  X(CUpti_RangeProfiler_SetConfig_Params, targetNestingLevel, 90)                \
  X(CUpti_RangeProfiler_DecodeData_Params, numOfRangeDropped, 32)                \
  X(CUpti_RangeProfiler_GetCounterDataSize_Params, counterDataSize, 64)          \
  X(CUpti_RangeProfiler_CounterDataImage_Initialize_Params, pCounterData, 40)    \
  X(CUpti_RangeProfiler_GetCounterDataInfo_Params, numTotalRanges, 40)           \
  X(CUpti_RangeProfiler_CounterData_GetRangeInfo_Params, rangeName, 56)          \
  X(CUpti_SubscriberParams, oldSubscriberSize, 32)

/// The offsets are those of the headers of this build: a header that moved a field would not compile.
// NOLINTBEGIN(bugprone-macro-parentheses,bugprone-sizeof-expression): types and members; some are pointers
#define FLOPWATCH_CUPTI_STRUCT(Params, last_field, bytes) \
  template <>                                             \
  struct first_size<Params> {                             \
    static constexpr std::size_t value = bytes;           \
  };                                                      \
  static_assert(offsetof(Params, last_field) + sizeof(Params::last_field) == (bytes), #Params);
FLOPWATCH_CUPTI_STRUCTS(FLOPWATCH_CUPTI_STRUCT)
#undef FLOPWATCH_CUPTI_STRUCT
// NOLINTEND(bugprone-macro-parentheses,bugprone-sizeof-expression)

/// Zeroed, with its size filled in.
template <class Params>
[[nodiscard]] Params params() noexcept {
  Params out{};
  out.structSize = first_size<Params>::value;
  return out;
}

/// Bytes of a struct that later releases made larger, from the headers of 13.1 to 13.4; 0 for the others.
template <class Params>
inline constexpr std::size_t later_size = 0;
template <>
inline constexpr std::size_t later_size<CUpti_Profiler_GetCounterAvailability_Params> = 41;  // 13.1
template <>
inline constexpr std::size_t later_size<CUpti_Profiler_Host_GetMetricProperties_Params> = 64;  // 13.1
template <>
inline constexpr std::size_t later_size<CUpti_Profiler_Host_Initialize_Params> = 56;  // 13.2
template <>
inline constexpr std::size_t later_size<CUpti_RangeProfiler_Enable_Params> = 36;  // 13.4

/// Calls `function(&p)`; if the size of `p` is refused (code 1), again with the later one.
template <class Params, class Function>
[[nodiscard]] CUptiResult call(Function function, Params& p) {
  auto const code = function(&p);
  if constexpr (later_size<Params> == 0) {
    return code;
  } else {
    if (code != CUPTI_ERROR_INVALID_PARAMETER) return code;
    struct {
      Params p;
      std::byte more[16];
    } larger{p, {}};
    static_assert(later_size<Params> <= sizeof larger);
    larger.p.structSize = later_size<Params>;
    auto const second = function(&larger.p);
    if (second == CUPTI_ERROR_INVALID_PARAMETER) return code;
    p = larger.p;
    p.structSize = first_size<Params>::value;
    return second;
  }
}

}  // namespace flopwatch::cupti
