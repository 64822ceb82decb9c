// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "gpu/probes/raw_profiler.hpp"

#include <utility>

#include "cupti/host.hpp"
#include "cupti/result_text.hpp"
#include "cupti/struct_sizes.hpp"

namespace gpu_probes {

namespace cupti = flopwatch::cupti;
using cupti::params;

raw_profiler::raw_profiler(gpu const& device, metric_set metrics)
    : modes(params<CUpti_RangeProfiler_SetConfig_Params>()),
      cupti_(&device.cupti()),
      chip_(device.chip()),
      metrics_(std::move(metrics)) {
  modes.range = CUPTI_AutoRange;
  modes.replayMode = CUPTI_UserReplay;
  modes.numNestingLevels = 1;
  modes.minNestingLevel = 1;
  modes.targetNestingLevel = 1;
}

CUptiResult raw_profiler::enable(CUcontext context) {
  auto p = params<CUpti_RangeProfiler_Enable_Params>();
  p.ctx = context;
  auto const code = cupti_->cuptiRangeProfilerEnable(&p);
  if (code == CUPTI_SUCCESS) object = p.pRangeProfilerObject;
  return code;
}

CUptiResult raw_profiler::disable() {
  auto p = params<CUpti_RangeProfiler_Disable_Params>();
  p.pRangeProfilerObject = object;
  return cupti_->cuptiRangeProfilerDisable(&p);
}

CUptiResult raw_profiler::counter_data_bytes(std::size_t ranges, std::size_t nodes, std::size_t& bytes) {
  std::vector<char const*> names;
  for (auto const& name : sized_for.empty() ? metrics_.names : sized_for) names.push_back(name.c_str());
  auto p = params<CUpti_RangeProfiler_GetCounterDataSize_Params>();
  p.pRangeProfilerObject = object;
  p.pMetricNames = names.data();
  p.numMetrics = names.size();
  p.maxNumOfRanges = ranges;
  p.maxNumRangeTreeNodes = static_cast<std::uint32_t>(nodes);
  auto const code = cupti_->cuptiRangeProfilerGetCounterDataSize(&p);
  bytes = code == CUPTI_SUCCESS ? p.counterDataSize : 0;
  return code;
}

CUptiResult raw_profiler::size(std::size_t ranges, std::size_t nodes) {
  std::size_t bytes = 0;
  auto const code = counter_data_bytes(ranges, nodes == 0 ? ranges : nodes, bytes);
  if (code == CUPTI_SUCCESS) image.assign(bytes, 0);
  modes.maxRangesPerPass = ranges;
  return code;
}

CUptiResult raw_profiler::initialise() {
  auto p = params<CUpti_RangeProfiler_CounterDataImage_Initialize_Params>();
  p.pRangeProfilerObject = object;
  p.counterDataSize = image.size();
  p.pCounterData = image.data();
  return cupti_->cuptiRangeProfilerCounterDataImageInitialize(&p);
}

CUptiResult raw_profiler::set_config() {
  modes.pRangeProfilerObject = object;
  modes.configSize = metrics_.config.size();
  modes.pConfig = metrics_.config.data();
  modes.counterDataImageSize = image.size();
  modes.pCounterDataImage = image.data();
  return cupti_->cuptiRangeProfilerSetConfig(&modes);
}

CUptiResult raw_profiler::start() {
  auto p = params<CUpti_RangeProfiler_Start_Params>();
  p.pRangeProfilerObject = object;
  return cupti_->cuptiRangeProfilerStart(&p);
}

CUptiResult raw_profiler::stop() {
  auto p = params<CUpti_RangeProfiler_Stop_Params>();
  p.pRangeProfilerObject = object;
  auto const code = cupti_->cuptiRangeProfilerStop(&p);
  all_passes_submitted = p.isAllPassSubmitted != 0;
  return code;
}

CUptiResult raw_profiler::push(char const* name) {
  auto p = params<CUpti_RangeProfiler_PushRange_Params>();
  p.pRangeProfilerObject = object;
  p.pRangeName = name;
  return cupti_->cuptiRangeProfilerPushRange(&p);
}

CUptiResult raw_profiler::pop() {
  auto p = params<CUpti_RangeProfiler_PopRange_Params>();
  p.pRangeProfilerObject = object;
  return cupti_->cuptiRangeProfilerPopRange(&p);
}

CUptiResult raw_profiler::decode() {
  auto p = params<CUpti_RangeProfiler_DecodeData_Params>();
  p.pRangeProfilerObject = object;
  auto const code = cupti_->cuptiRangeProfilerDecodeData(&p);
  dropped = p.numOfRangeDropped;
  return code;
}

std::size_t raw_profiler::ranges() const {
  auto p = params<CUpti_RangeProfiler_GetCounterDataInfo_Params>();
  p.pCounterDataImage = const_cast<std::uint8_t*>(image.data());
  p.counterDataImageSize = image.size();
  cupti::check(cupti_->cuptiRangeProfilerGetCounterDataInfo(&p), "cuptiRangeProfilerGetCounterDataInfo");
  return p.numTotalRanges;
}

std::string raw_profiler::range_name(std::size_t range) const {
  auto p = params<CUpti_RangeProfiler_CounterData_GetRangeInfo_Params>();
  p.pCounterDataImage = image.data();
  p.counterDataImageSize = image.size();
  p.rangeIndex = range;
  p.rangeDelimiter = "/";
  cupti::check(cupti_->cuptiRangeProfilerCounterDataGetRangeInfo(&p),
               "cuptiRangeProfilerCounterDataGetRangeInfo");
  return p.rangeName == nullptr ? std::string() : std::string(p.rangeName);
}

std::vector<double> raw_profiler::values(std::size_t range) const {
  return cupti::host(chip_).evaluate(image, range, metrics_.names);
}

}  // namespace gpu_probes
