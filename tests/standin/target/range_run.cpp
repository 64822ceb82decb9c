// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "target/range_object.hpp"
#include "target/struct_sizes.hpp"

/// \file
/// Start, Stop, Push and Pop.

namespace standin {
namespace {

/// Rule 17 [inference]: passes are added up range by range, so they have to be alike.
bool alike(std::vector<range_sample> const& one, std::vector<range_sample> const& other) {
  return std::equal(one.begin(), one.end(), other.begin(), other.end(), [](auto const& a, auto const& b) {
    return a.launches == b.launches && (a.path == b.path || a.path.empty() || b.path.empty());
  });
}

/// Takes what ran into the sequence that it belongs to. False when the passes differ.
bool collect(range_object& object) {
  if (object.pass == 0) {
    object.pending.push_back({std::move(object.running), 1, false, 0, 0});
    return true;
  }
  auto& earlier = object.pending.back();
  if (!alike(earlier.ranges, object.running)) return false;
  for (std::size_t i = 0; i < earlier.ranges.size(); ++i) earlier.ranges[i].values = object.running[i].values;
  ++earlier.passes;
  return true;
}

void abandon_passes(range_object& object) {
  if (!object.pending.empty()) object.pending.pop_back();
  object.pass = 0;
}

void poison(range_object& object) {
  if (object.poisoned) return;
  object.truth.assign(object.image_at, object.image_at + object.image_size);
  counter_image(object.image_at, object.image_size).poison();
  object.image_hash = hash_of(object.image_at, object.image_size);
  object.poisoned = true;
}

}  // namespace
}  // namespace standin

using namespace standin;

extern "C" {

CUptiResult cuptiRangeProfilerStart(CUpti_RangeProfiler_Start_Params* params) {
  STANDIN_BEGIN(params);
  auto const used = use(__func__, params->pRangeProfilerObject, 5, 7);
  if (used.refused) return used.refused;
  auto& object = *used.object;
  if (object.config == nullptr) return refuse(15, __func__, 7, "Start before SetConfig");
  if (object.started) return refuse(15, __func__, 7, "Start while started");
  disturb_captures(__func__, "Start");
  if (CUptiResult const bad = check_buffers(__func__, object)) return bad;
  // Rule 28, seen on GPUs: without permission 35, and 26 while another client holds the counters.
  if (!state().permission) return CUPTI_ERROR_INSUFFICIENT_PRIVILEGES;
  if (state().busy) return CUPTI_ERROR_HARDWARE_BUSY;
  if (object.ever_started) {
    state().clock.spend(simulated_clock::later_start);
  } else {
    state().clock.spend(simulated_clock::first_start);
    state().clock.spend(simulated_clock::first_start_range, object.max_per_pass);
  }
  object.ever_started = true;
  poison(object);
  object.running.clear();
  object.open.clear();
  object.graph_refused = false;
  object.started = true;
  return CUPTI_SUCCESS;
}

CUptiResult cuptiRangeProfilerStop(CUpti_RangeProfiler_Stop_Params* params) {
  STANDIN_BEGIN(params);
  auto const used = use(__func__, params->pRangeProfilerObject, 5, 7);
  if (used.refused) return used.refused;
  auto& object = *used.object;
  if (!object.started) return refuse(15, __func__, 7, "Stop without Start");
  disturb_captures(__func__, "Stop");
  // "The number of pop range API call should be same as number of push ranges" (cupti_range_profiler.h).
  if (!object.open.empty()) return refuse(16, __func__, 7, "Stop with open ranges");
  if (CUptiResult const bad = check_buffers(__func__, object)) return bad;
  state().clock.spend(simulated_clock::stop);
  object.started = false;
  if (object.graph_refused) {
    // Rule 33: the release notes say that these modes do not support graphs.
    return refuse(33, __func__, 27, "a graph was launched under AutoRange without kernel replay");
  }
  if (!collect(object)) {
    abandon_passes(object);
    return refuse(17, __func__, 7, "the passes differ in their ranges, or in the launches of one");
  }
  object.undecoded = true;
  ++object.pass;
  // Rule 18: always 1 under kernel replay (CUPTI's documentation), else with the last pass.
  bool const all = object.pass >= object.total_passes;
  params->passIndex = object.pass;
  auto const per_level = std::max<std::size_t>(1, object.total_passes / object.levels);
  params->targetNestingLevel =
      object.min_level + std::min(object.levels - 1, (all ? object.pass - 1 : object.pass) / per_level);
  params->isAllPassSubmitted = all ? 1 : 0;
  if (all) object.pass = 0;
  return CUPTI_SUCCESS;
}

CUptiResult cuptiRangeProfilerPushRange(CUpti_RangeProfiler_PushRange_Params* params) {
  STANDIN_BEGIN(params);
  auto const used = use(__func__, params->pRangeProfilerObject, 5, 7);
  if (used.refused) return used.refused;
  auto& object = *used.object;
  if (!object.started) return refuse(16, __func__, 7, "Push outside Start and Stop");
  // "only valid for User range mode" (cupti_range_profiler.h).
  if (object.range != CUPTI_UserRange) return refuse(16, __func__, 7, "Push in AutoRange mode");
  if (params->pRangeName == nullptr || *params->pRangeName == '\0') {
    return refuse(16, __func__, 1, "the name of the range is NULL or empty");
  }
  state().clock.spend(simulated_clock::range);
  open_range opened{params->pRangeName, std::nullopt, std::this_thread::get_id()};
  auto const depth = object.open.size() + 1;
  if (depth >= object.min_level && depth < object.min_level + object.levels) {
    if (object.running.size() < object.max_per_pass) {
      range_sample sample;
      for (auto const& outer : object.open) sample.path.push_back(outer.name);
      sample.path.push_back(opened.name);
      sample.values.assign(object.config->metrics.size(), 0);
      opened.sample = object.running.size();
      object.running.push_back(std::move(sample));
    } else {
      ++object.lost;
    }
  }
  object.open.push_back(std::move(opened));
  return CUPTI_SUCCESS;
}

CUptiResult cuptiRangeProfilerPopRange(CUpti_RangeProfiler_PopRange_Params* params) {
  STANDIN_BEGIN(params);
  auto const used = use(__func__, params->pRangeProfilerObject, 5, 7);
  if (used.refused) return used.refused;
  auto& object = *used.object;
  if (!object.started) return refuse(16, __func__, 7, "Pop outside Start and Stop");
  if (object.range != CUPTI_UserRange) return refuse(16, __func__, 7, "Pop in AutoRange mode");
  if (object.open.empty()) return refuse(16, __func__, 7, "Pop with no open range");
  // Rule 36 [inference]: the end of a range is in the order of the stream that was used last, and no other.
  end_kernels(object, object.last_stream, false);
  object.open.pop_back();
  return CUPTI_SUCCESS;
}

}  // extern "C"
