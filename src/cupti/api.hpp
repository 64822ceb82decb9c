// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cupti_callbacks.h>
#include <cupti_profiler_host.h>
#include <cupti_profiler_target.h>
#include <cupti_range_profiler.h>
#include <cupti_result.h>
#include <cupti_target.h>
#include <cupti_version.h>

#include "cupti/locate/candidates.hpp"

// As cupti_activity.h declares it, which needs all headers to be of one CUDA version.
extern "C" CUptiResult CUPTIAPI cuptiGetDeviceId(CUcontext context, std::uint32_t* deviceId);

/// \file
/// CUPTI, loaded at run time: no program of ours is linked to it, so that each starts on any machine.

namespace flopwatch::cupti {

/// Every CUPTI function that flopwatch calls. A null pointer: this copy does not export it.
#define FLOPWATCH_CUPTI_FUNCTIONS(X)              \
  X(cuptiGetVersion)                              \
  X(cuptiGetResultString)                         \
  X(cuptiSubscribe)                               \
  X(cuptiSubscribe_v2)                            \
  X(cuptiUnsubscribe)                             \
  X(cuptiGetDeviceId)                             \
  X(cuptiEnableCallback)                          \
  X(cuptiProfilerInitialize)                      \
  X(cuptiProfilerDeviceSupported)                 \
  X(cuptiProfilerGetCounterAvailability)          \
  X(cuptiDeviceGetChipName)                       \
  X(cuptiProfilerHostInitialize)                  \
  X(cuptiProfilerHostDeinitialize)                \
  X(cuptiProfilerHostGetSupportedChips)           \
  X(cuptiProfilerHostGetBaseMetrics)              \
  X(cuptiProfilerHostGetSubMetrics)               \
  X(cuptiProfilerHostGetMetricProperties)         \
  X(cuptiProfilerHostConfigAddMetrics)            \
  X(cuptiProfilerHostGetConfigImageSize)          \
  X(cuptiProfilerHostGetConfigImage)              \
  X(cuptiProfilerHostGetNumOfPasses)              \
  X(cuptiProfilerHostEvaluateToGpuValues)         \
  X(cuptiRangeProfilerEnable)                     \
  X(cuptiRangeProfilerDisable)                    \
  X(cuptiRangeProfilerStart)                      \
  X(cuptiRangeProfilerStop)                       \
  X(cuptiRangeProfilerPushRange)                  \
  X(cuptiRangeProfilerPopRange)                   \
  X(cuptiRangeProfilerSetConfig)                  \
  X(cuptiRangeProfilerDecodeData)                 \
  X(cuptiRangeProfilerGetCounterDataSize)         \
  X(cuptiRangeProfilerCounterDataImageInitialize) \
  X(cuptiRangeProfilerGetCounterDataInfo)         \
  X(cuptiRangeProfilerCounterDataGetRangeInfo)

/// The loaded copy of CUPTI. Never closed: a process has one CUPTI, and closing it with callbacks
/// registered crashes. Safe to read from every thread.
struct api : loaded_library {
// NOLINTNEXTLINE(bugprone-macro-parentheses): a declared name cannot be in parentheses
#define FLOPWATCH_CUPTI_MEMBER(name) decltype(&::name) name = nullptr;
  FLOPWATCH_CUPTI_FUNCTIONS(FLOPWATCH_CUPTI_MEMBER)
#undef FLOPWATCH_CUPTI_MEMBER
};

/// Loads CUPTI, unless that was done: the path in FLOPWATCH_CUPTI (a file, or a folder that holds one), else
/// the copy already in the process, else the torch wheel's, else the toolkit's, else what the linker finds;
/// with libnvperf_host and libnvperf_target from the same folder. Without a usable driver only 12.6.80
/// to 13.1 is loaded and called: newer ones crash or answer nothing there, and are passed over by the version
/// in their file. A copy in FLOPWATCH_CUPTI that cannot be used is an error, except one that is too new for a
/// machine without a driver: then the next one is taken, and `passed_over` says so. The first call that
/// succeeds decides for the process; thread-safe. \throws cupti_error when none is found, or the one found is
/// too old, listing the places that were searched
[[nodiscard]] api const& library();
/// The same where the driver must not be asked, since it is being initialised: `has_driver` is its answer.
[[nodiscard]] api const& library(bool has_driver);

}  // namespace flopwatch::cupti
