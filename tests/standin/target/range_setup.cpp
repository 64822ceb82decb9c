// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include "target/range_object.hpp"
#include "target/struct_sizes.hpp"

/// \file
/// Enable, the sizes and images, SetConfig, Disable.

namespace standin {
namespace {

using names = std::set<std::string>;

names set_of(std::vector<std::string> const& list) { return {list.begin(), list.end()}; }

/// Rules 12 and 13.
CUptiResult check_modes(char const* function, CUpti_RangeProfiler_SetConfig_Params const& params) {
  if (params.range != CUPTI_AutoRange && params.range != CUPTI_UserRange) {
    return refuse(13, function, 1, "range is neither AutoRange nor UserRange");
  }
  if (params.replayMode <= CUPTI_Replay_INVALID || params.replayMode >= CUPTI_Replay_COUNT) {
    return refuse(13, function, 1, "replayMode is invalid");
  }
  if (params.numNestingLevels == 0 || params.minNestingLevel == 0 || params.maxRangesPerPass == 0) {
    return refuse(13, function, 1, "numNestingLevels, minNestingLevel and maxRangesPerPass begin at 1");
  }
  // "For Auto range mode, this should be set to 1" (cupti_range_profiler.h).
  if (params.range == CUPTI_AutoRange && params.numNestingLevels != 1) {
    return refuse(13, function, 1, "numNestingLevels is not 1 in AutoRange mode");
  }
  // Seen on a GPU (GMP blog): SetConfig answers 7.
  if (params.range == CUPTI_UserRange && params.replayMode == CUPTI_KernelReplay) {
    return refuse(12, function, 7, "UserRange with KernelReplay");
  }
  // Rule 14, seen on a GPU (GMP blog): 7 above some 2000 to 3000 ranges.
  if (params.maxRangesPerPass > state().max_ranges_limit) {
    return refuse(14, function, 7, "maxRangesPerPass is above the limit");
  }
  return CUPTI_SUCCESS;
}

/// Rules 9, 10, 11 and the pass that application replay goes on with.
CUptiResult check_images(char const* function, CUpti_RangeProfiler_SetConfig_Params const& params,
                         range_object const& object, std::shared_ptr<config_image const>& config) {
  if (params.pConfig == nullptr || params.configSize == 0)
    return refuse(11, function, 1, "there is no config image");
  // Rule 11 [inference]: what the host side did not make crashes the real library, or is accepted.
  counter_image const image(params.pCounterDataImage, params.counterDataImageSize);
  bool const has_image = image.valid() && !image.is_poison();
  config = known_config(params.pConfig, params.configSize, object.chip,
                        has_image ? set_of(image.metrics()) : std::set<std::string>());
  if (config == nullptr) {
    return refuse(11, function, 1, "the config image is not one of GetConfigImage for chip " + object.chip);
  }
  if (!has_image) {
    return refuse(10, function, 1, "the counter data image is too small, or was not initialised");
  }
  if (set_of(image.metrics()) != set_of(config->metrics)) {
    return refuse(9, function, 1,
                  "the metrics given to GetCounterDataSize are not those of the config image");
  }
  if (params.passIndex > 0) {
    bool const goes_on = image.header().num_ranges > 0 && image.range(0).passes_seen == params.passIndex;
    if (!goes_on) return refuse(18, function, 1, "passIndex does not fit the passes that the image has");
  }
  return CUPTI_SUCCESS;
}

/// Passes of Start and Stop that the caller has to make: kernel replay makes its own.
std::size_t passes_of(CUpti_RangeProfiler_SetConfig_Params const& params, config_image const& config) {
  if (params.replayMode == CUPTI_KernelReplay) return 1;
  return std::max<std::size_t>(1, config.passes) * params.numNestingLevels;
}

/// The ranges that earlier passes of an application replay left in the image.
sequence resumed(counter_image const& image, std::size_t passes) {
  sequence earlier;
  earlier.passes = passes;
  earlier.stored = true;
  earlier.count = image.header().num_ranges;
  for (std::size_t i = 0; i < earlier.count; ++i) {
    earlier.ranges.push_back({image.path(i),
                              image.range(i).launches,
                              {image.values(i), image.values(i) + image.header().num_metrics}});
  }
  return earlier;
}

}  // namespace
}  // namespace standin

using namespace standin;

extern "C" {

CUptiResult cuptiRangeProfilerEnable(CUpti_RangeProfiler_Enable_Params* params) {
  STANDIN_BEGIN(params);
  if (!has_driver()) return no_driver_code();
  if (!profiler_initialised()) return refuse(3, __func__, 7, "cuptiProfilerInitialize was not called");
  // Rule 7 [inference]: NULL is taken for the current context.
  auto* const context = params->ctx == nullptr ? driver()->current() : params->ctx;
  auto* const info = driver()->info(context);
  if (info == nullptr || !info->alive) return refuse(7, __func__, 3, "no context, or a dead one");
  auto const device = driver()->device(info->device);
  if (int const code = refusal_of(device)) return static_cast<CUptiResult>(code);
  disturb_captures(__func__, "Enable");
  auto object = std::make_unique<range_object>();
  object->context = context;
  object->info = info;
  object->chip = device.chip;
  void* nobody = nullptr;
  if (!info->profiler.compare_exchange_strong(nobody, object.get())) {
    return refuse(7, __func__, 7, "a range profiler is enabled on this context already");
  }
  state().clock.spend(simulated_clock::enable);
  params->pRangeProfilerObject = object.get();
  keep_object(std::move(object));
  return CUPTI_SUCCESS;
}

CUptiResult cuptiRangeProfilerDisable(CUpti_RangeProfiler_Disable_Params* params) {
  STANDIN_BEGIN(params);
  auto const used = use(__func__, params->pRangeProfilerObject, 6, 1);
  if (used.refused) return used.refused;
  if (used.object->started) return refuse(15, __func__, 7, "Disable while started");
  disturb_captures(__func__, "Disable");
  used.object->enabled = false;
  used.object->info->profiler = nullptr;
  return CUPTI_SUCCESS;
}

CUptiResult cuptiRangeProfilerGetCounterDataSize(CUpti_RangeProfiler_GetCounterDataSize_Params* params) {
  STANDIN_BEGIN(params);
  if (!padding_is_zero(params, 52, 56)) return refuse(2, __func__, 1, "garbage behind maxNumRangeTreeNodes");
  auto const used = use(__func__, params->pRangeProfilerObject, 5, 7);
  if (used.refused) return used.refused;
  if (params->numMetrics == 0 || params->pMetricNames == nullptr || params->maxNumOfRanges == 0) {
    return refuse(8, __func__, 1, "no metrics, or no ranges");
  }
  // "must be >= maxNumOfRanges" (cupti_range_profiler.h).
  if (params->maxNumRangeTreeNodes < params->maxNumOfRanges) {
    return refuse(8, __func__, 1, "maxNumRangeTreeNodes is less than maxNumOfRanges");
  }
  auto& object = *used.object;
  object.asked.clear();
  for (std::size_t i = 0; i < params->numMetrics; ++i) {
    std::string const name = params->pMetricNames[i];
    if (std::find(object.asked.begin(), object.asked.end(), name) == object.asked.end())
      object.asked.push_back(name);
  }
  object.max_ranges = params->maxNumOfRanges;
  object.max_nodes = params->maxNumRangeTreeNodes;
  object.said_size = counter_image::size_for(object.asked, object.max_ranges, object.max_nodes);
  params->counterDataSize = object.said_size;
  return CUPTI_SUCCESS;
}

CUptiResult cuptiRangeProfilerCounterDataImageInitialize(
    CUpti_RangeProfiler_CounterDataImage_Initialize_Params* params) {
  STANDIN_BEGIN(params);
  auto const used = use(__func__, params->pRangeProfilerObject, 5, 7);
  if (used.refused) return used.refused;
  auto& object = *used.object;
  if (object.said_size == 0) return refuse(10, __func__, 1, "GetCounterDataSize was not called");
  if (params->pCounterData == nullptr || reinterpret_cast<std::uintptr_t>(params->pCounterData) % 8 != 0) {
    return refuse(10, __func__, 1, "the counter data image is NULL, or not aligned to 8");
  }
  if (params->counterDataSize < object.said_size) {
    return refuse(10, __func__, 1, "the counter data image is smaller than GetCounterDataSize said");
  }
  bool const in_use = object.config != nullptr && params->pCounterData == object.image_at;
  if (in_use && object.poisoned) {
    return refuse(25, __func__, 7, "the counter data image is waiting for Decode");
  }
  counter_image::initialise(params->pCounterData, object.asked, object.max_ranges, object.max_nodes,
                            object.chip);
  if (in_use) {
    counter_image const fresh(params->pCounterData, params->counterDataSize);
    fresh.header().passes = static_cast<std::uint32_t>(std::max<std::size_t>(1, object.total_passes));
    object.image_hash = hash_of(object.image_at, object.image_size);
  }
  return CUPTI_SUCCESS;
}

CUptiResult cuptiRangeProfilerSetConfig(CUpti_RangeProfiler_SetConfig_Params* params) {
  STANDIN_BEGIN(params);
  if (!padding_is_zero(params, 76, 80)) return refuse(2, __func__, 1, "garbage behind minNestingLevel");
  auto const used = use(__func__, params->pRangeProfilerObject, 6, 1);
  if (used.refused) return used.refused;
  auto& object = *used.object;
  if (object.started) return refuse(15, __func__, 7, "SetConfig while started");
  disturb_captures(__func__, "SetConfig");
  if (CUptiResult const bad = check_modes(__func__, *params)) return bad;
  std::shared_ptr<config_image const> config;
  if (CUptiResult const bad = check_images(__func__, *params, object, config)) return bad;
  auto const total = passes_of(*params, *config);
  if (params->passIndex >= total)
    return refuse(18, __func__, 1, "passIndex is not below the number of passes");
  if (object.undecoded) state().log(19, __func__, "ranges that were never decoded are lost");

  counter_image const image(params->pCounterDataImage, params->counterDataImageSize);
  image.header().passes = static_cast<std::uint32_t>(total);
  object.config = config;
  object.config_at = params->pConfig;
  object.image_at = params->pCounterDataImage;
  object.image_size = image.header().size;
  object.image_hash = hash_of(object.image_at, object.image_size);
  object.range = params->range;
  object.replay = params->replayMode;
  object.max_per_pass = params->maxRangesPerPass;
  object.min_level = params->minNestingLevel;
  object.levels = params->numNestingLevels;
  object.total_passes = total;
  object.pass = params->passIndex;
  object.pending.clear();
  if (object.pass > 0) object.pending.push_back(resumed(image, object.pass));
  object.poisoned = object.undecoded = false;
  object.resolved.clear();
  return CUPTI_SUCCESS;
}

}  // extern "C"
