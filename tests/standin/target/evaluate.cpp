// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "target/evaluate.hpp"

#include <limits>

#include "target/range_object.hpp"
#include "target/real.hpp"
#include "target/struct_sizes.hpp"

/// \file
/// Reading counter data images: those with the stand-in's mark here, all others by the real library.

namespace standin {
namespace {

/// Rule 24 (measured): without an earlier HostInitialize nvperf is not loaded, and the answer is 15.
CUptiResult check_nvperf(char const* function) {
  if (host_initialised() && !state().nvperf_hidden) return CUPTI_SUCCESS;
  return refuse(24, function, 15, "no cuptiProfilerHostInitialize has loaded nvperf");
}

}  // namespace

CUptiResult evaluate(char const* function, std::string const& chip, std::uint8_t const* bytes,
                     std::size_t size, std::size_t range, char const** metrics, std::size_t count,
                     double* values) {
  if (CUptiResult const bad = check_nvperf(function)) return bad;
  counter_image const image(bytes, size);
  if (!image.valid() || image.is_poison())
    return refuse(20, function, 1, "the counter data image has no data");
  if (chip != image.header().chip) {
    return refuse(0, function, 1,
                  "the host object is of chip " + chip + ", the image of " + image.header().chip);
  }
  if (range >= image.header().num_ranges) return refuse(24, function, 1, "rangeIndex is too large");
  if (metrics == nullptr || values == nullptr || count == 0)
    return refuse(1, function, 1, "no metrics, or no values");
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  // Rule 20 [inference]: what lacks passes has no value.
  bool const whole = image.range(range).passes_seen >= image.header().passes;
  if (!whole) state().log(20, function, "not all passes of the range are in");
  for (std::size_t i = 0; i < count; ++i) {
    int const at = image.find_metric(metrics[i], i);
    if (at < 0) state().log(0, function, std::string("the image has no metric ") + metrics[i]);
    bool const none = at < 0 || !whole || state().is_nan(metrics[i]);
    values[i] = none ? nan : image.values(range)[at];
  }
  return CUPTI_SUCCESS;
}

}  // namespace standin

using namespace standin;

extern "C" {

CUptiResult cuptiRangeProfilerGetCounterDataInfo(CUpti_RangeProfiler_GetCounterDataInfo_Params* params) {
  STANDIN_BEGIN(params);
  if (CUptiResult const bad = check_nvperf(__func__)) return bad;
  if (!counter_image::has_mark(params->pCounterDataImage, params->counterDataImageSize)) {
    static auto* const function = STANDIN_REAL(cuptiRangeProfilerGetCounterDataInfo);
    return function == nullptr ? CUPTI_ERROR_NOT_INITIALIZED : function(params);
  }
  counter_image const image(params->pCounterDataImage, params->counterDataImageSize);
  if (!image.valid()) return refuse(24, __func__, 1, "the counter data image is cut short or damaged");
  params->numTotalRanges = image.is_poison() ? 0 : image.header().num_ranges;
  if (image.is_poison()) state().log(20, __func__, "the counter data image is read before Decode");
  return CUPTI_SUCCESS;
}

CUptiResult cuptiRangeProfilerCounterDataGetRangeInfo(
    CUpti_RangeProfiler_CounterData_GetRangeInfo_Params* params) {
  STANDIN_BEGIN(params);
  if (CUptiResult const bad = check_nvperf(__func__)) return bad;
  if (!counter_image::has_mark(params->pCounterDataImage, params->counterDataImageSize)) {
    // What is no image crashes the real library (measured on a zeroed one).
    static auto* const function = STANDIN_REAL(cuptiRangeProfilerCounterDataGetRangeInfo);
    return function == nullptr ? CUPTI_ERROR_NOT_INITIALIZED : function(params);
  }
  counter_image const image(params->pCounterDataImage, params->counterDataImageSize);
  if (!image.valid() || image.is_poison() || params->rangeIndex >= image.header().num_ranges) {
    return refuse(24, __func__, 1, "there is no such range");
  }
  if (params->rangeDelimiter == nullptr) return refuse(24, __func__, 1, "the delimiter is NULL");
  std::string name;
  for (auto const& part : image.path(params->rangeIndex)) {
    name += (name.empty() ? "" : params->rangeDelimiter) + part;
  }
  params->rangeName = intern(name);
  return CUPTI_SUCCESS;
}

}  // extern "C"
