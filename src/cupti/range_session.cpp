// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cupti/range_session.hpp"

#include <algorithm>
#include <exception>
#include <mutex>
#include <utility>

#include "cupti/result_text.hpp"
#include "cupti/struct_sizes.hpp"

namespace flopwatch::cupti {

range_session::range_session(api const& cupti, range_request request)
    : cupti_(&cupti), request_(std::move(request)) {
  for (auto const& name : request_.metrics) names_.push_back(name.c_str());
  auto p = params<CUpti_RangeProfiler_Enable_Params>();
  p.ctx = request_.context;
  check(call(cupti_->cuptiRangeProfilerEnable, p), "cuptiRangeProfilerEnable");
  object_ = p.pRangeProfilerObject;
  try {
    make_image();
    configure();
  } catch (...) {
    release();
    throw;
  }
}

range_session::~range_session() { release(); }

void range_session::release() noexcept {
  if (object_ == nullptr || !process_.is_this()) return;
  while (started_ && pushed_-- > 0) {
    auto p = params<CUpti_RangeProfiler_PopRange_Params>();
    p.pRangeProfilerObject = object_;
    static_cast<void>(cupti_->cuptiRangeProfilerPopRange(&p));
  }
  if (started_) {
    auto p = params<CUpti_RangeProfiler_Stop_Params>();
    p.pRangeProfilerObject = object_;
    static_cast<void>(cupti_->cuptiRangeProfilerStop(&p));
    started_ = false;
  }
  auto p = params<CUpti_RangeProfiler_Disable_Params>();
  p.pRangeProfilerObject = object_;
  static_cast<void>(cupti_->cuptiRangeProfilerDisable(&p));
  object_ = nullptr;
}

void range_session::make_image() {
  auto p = params<CUpti_RangeProfiler_GetCounterDataSize_Params>();
  p.pRangeProfilerObject = object_;
  p.pMetricNames = names_.data();
  p.numMetrics = names_.size();
  p.maxNumOfRanges = request_.max_ranges;
  p.maxNumRangeTreeNodes = static_cast<std::uint32_t>(request_.max_ranges);
  check(cupti_->cuptiRangeProfilerGetCounterDataSize(&p), "cuptiRangeProfilerGetCounterDataSize");
  image_.assign(p.counterDataSize, 0);
  reset();
}

void range_session::reset() {
  auto p = params<CUpti_RangeProfiler_CounterDataImage_Initialize_Params>();
  p.pRangeProfilerObject = object_;
  p.counterDataSize = image_.size();
  p.pCounterData = image_.data();
  check(cupti_->cuptiRangeProfilerCounterDataImageInitialize(&p),
        "cuptiRangeProfilerCounterDataImageInitialize");
}

void range_session::configure() {
  auto p = params<CUpti_RangeProfiler_SetConfig_Params>();
  p.pRangeProfilerObject = object_;
  p.configSize = request_.config.size();
  p.pConfig = request_.config.data();
  p.counterDataImageSize = image_.size();
  p.pCounterDataImage = image_.data();
  p.range = request_.range;
  p.replayMode = request_.replay;
  p.maxRangesPerPass = request_.max_ranges;
  p.numNestingLevels = 1;
  p.minNestingLevel = 1;
  p.passIndex = 0;
  p.targetNestingLevel = 1;
  check(cupti_->cuptiRangeProfilerSetConfig(&p), "cuptiRangeProfilerSetConfig");
}

void range_session::start() {
  auto p = params<CUpti_RangeProfiler_Start_Params>();
  p.pRangeProfilerObject = object_;
  check(cupti_->cuptiRangeProfilerStart(&p), "cuptiRangeProfilerStart");
  started_ = true;
}

bool range_session::stop() {
  auto p = params<CUpti_RangeProfiler_Stop_Params>();
  p.pRangeProfilerObject = object_;
  started_ = false;
  undecoded_ = true;
  check(cupti_->cuptiRangeProfilerStop(&p), "cuptiRangeProfilerStop");
  return p.isAllPassSubmitted != 0;
}

void range_session::push(char const* name) {
  auto p = params<CUpti_RangeProfiler_PushRange_Params>();
  p.pRangeProfilerObject = object_;
  p.pRangeName = name;
  check(cupti_->cuptiRangeProfilerPushRange(&p), "cuptiRangeProfilerPushRange");
  ++pushed_;
}

void range_session::pop() {
  auto p = params<CUpti_RangeProfiler_PopRange_Params>();
  p.pRangeProfilerObject = object_;
  check(cupti_->cuptiRangeProfilerPopRange(&p), "cuptiRangeProfilerPopRange");
  --pushed_;  // one that was refused is still open: it is closed before the profiler is disabled
}

std::size_t range_session::decode() {
  auto p = params<CUpti_RangeProfiler_DecodeData_Params>();
  p.pRangeProfilerObject = object_;
  undecoded_ = false;
  check(cupti_->cuptiRangeProfilerDecodeData(&p), "cuptiRangeProfilerDecodeData");
  return p.numOfRangeDropped;
}

std::size_t range_session::ranges() const {
  auto p = params<CUpti_RangeProfiler_GetCounterDataInfo_Params>();
  p.pCounterDataImage = const_cast<std::uint8_t*>(image_.data());
  p.counterDataImageSize = image_.size();
  check(cupti_->cuptiRangeProfilerGetCounterDataInfo(&p), "cuptiRangeProfilerGetCounterDataInfo");
  return p.numTotalRanges;
}

std::string range_session::range_name(std::size_t range) const {
  auto p = params<CUpti_RangeProfiler_CounterData_GetRangeInfo_Params>();
  p.pCounterDataImage = image_.data();
  p.counterDataImageSize = image_.size();
  p.rangeIndex = range;
  p.rangeDelimiter = "/";
  check(cupti_->cuptiRangeProfilerCounterDataGetRangeInfo(&p), "cuptiRangeProfilerCounterDataGetRangeInfo");
  return p.rangeName == nullptr ? std::string() : std::string(p.rangeName);
}

namespace {

std::mutex put_off_mutex;
std::vector<std::unique_ptr<range_session>>& all_put_off() {
  static auto& all = *new std::vector<std::unique_ptr<range_session>>;  // outlives every session
  return all;
}

std::vector<std::unique_ptr<range_session>> take_put_off(CUcontext context) {
  std::lock_guard const lock(put_off_mutex);
  std::vector<std::unique_ptr<range_session>> taken;
  for (auto& one : all_put_off()) {
    if (one->request().context == context) taken.push_back(std::move(one));
  }
  std::erase(all_put_off(), nullptr);
  return taken;
}

}  // namespace

std::unique_ptr<range_session> open_with_fewer_ranges(api const& cupti, range_request request) {
  constexpr std::size_t least = 16;
  for (;;) {
    try {
      return std::make_unique<range_session>(cupti, request);
    } catch (refused_call const& e) {
      // What a chip answers that is asked for too many.
      if (e.result() != CUPTI_ERROR_INVALID_OPERATION || request.max_ranges / 2 < least) throw;
      request.max_ranges /= 2;
    }
  }
}

void put_off(std::unique_ptr<range_session> session) noexcept {
  std::lock_guard const lock(put_off_mutex);
  try {
    all_put_off().push_back(std::move(session));
  } catch (std::exception const&) {  // out of memory
    session->forget();
  }
}

void release_put_off(CUcontext context) noexcept {
  try {
    take_put_off(context).clear();
  } catch (std::exception const&) {
  }
}

void forget_put_off(CUcontext context) noexcept {
  try {
    for (auto const& one : take_put_off(context)) one->forget();
  } catch (std::exception const&) {
  }
}

}  // namespace flopwatch::cupti
