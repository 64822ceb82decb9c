// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "target/range_object.hpp"
#include "target/struct_sizes.hpp"

namespace standin {
namespace {

/// Puts a sequence into the image. Answers how many of its ranges had no room.
std::size_t store(counter_image const& image, sequence& one) {
  auto const passes = static_cast<std::uint32_t>(one.passes);
  if (!one.stored) {
    counter_image::node_index ancestors;
    one.base = image.header().num_ranges;
    // Rule 21: the first ones stay, the rest is dropped; no error (cupti_range_profiler.h, DecodeData).
    // Rule 22: behind what the image has already, unless it was initialised again (sample range_profiling).
    while (one.count < one.ranges.size() && image.append(one.ranges[one.count], passes, ancestors))
      ++one.count;
    one.stored = true;
    return one.ranges.size() - one.count;
  }
  for (std::size_t i = 0; i < one.count; ++i) {
    image.range(one.base + i).passes_seen = passes;
    std::copy(one.ranges[i].values.begin(), one.ranges[i].values.end(), image.values(one.base + i));
  }
  return one.ranges.size() - one.count;
}

/// The metrics of the image may be in another order than those of the config image.
void reorder(std::vector<range_sample>& samples, std::vector<std::string> const& from,
             std::vector<std::string> const& to) {
  if (from == to) return;
  for (auto& sample : samples) {
    std::vector<double> values(to.size());
    for (std::size_t i = 0; i < from.size(); ++i) {
      auto const at = std::find(to.begin(), to.end(), from[i]) - to.begin();
      values[static_cast<std::size_t>(at)] = sample.values[i];
    }
    sample.values = std::move(values);
  }
}

}  // namespace
}  // namespace standin

using namespace standin;

extern "C" CUptiResult cuptiRangeProfilerDecodeData(CUpti_RangeProfiler_DecodeData_Params* params) {
  STANDIN_BEGIN(params);
  auto const used = use(__func__, params->pRangeProfilerObject, 5, 7);
  if (used.refused) return used.refused;
  auto& object = *used.object;
  // "This API should be called after cuptiRangeProfilerStop" (cupti_range_profiler.h).
  if (object.started) return refuse(19, __func__, 7, "Decode before Stop");
  if (!object.undecoded) return refuse(19, __func__, 7, "there is nothing to decode");
  disturb_captures(__func__, "Decode");
  if (CUptiResult const bad = check_buffers(__func__, object)) return bad;
  object.late.clear();  // "synchronises the context" (documentation)
  bool const unfinished = object.pass != 0;
  if (unfinished && object.replay == CUPTI_UserReplay) {
    state().log(20, __func__, "Decode before all passes are in");
  }

  std::copy(object.truth.begin(), object.truth.end(), object.image_at);
  object.truth.clear();
  counter_image const image(object.image_at, object.image_size);
  auto const metrics = image.metrics();
  std::size_t dropped = std::exchange(object.lost, 0);
  auto const before = image.header().num_ranges;
  std::size_t ranges = 0;
  for (auto& one : object.pending) {
    auto stored = one;
    reorder(stored.ranges, object.config->metrics, metrics);
    ranges += stored.ranges.size();
    dropped += store(image, stored);
    one.stored = stored.stored;
    one.base = stored.base;
    one.count = stored.count;
  }
  state().clock.spend(simulated_clock::decode, ranges);
  // Rule 28: a test may have ranges dropped.
  auto const forced = std::min<std::size_t>(state().dropped, image.header().num_ranges - before);
  image.header().num_ranges -= forced;
  dropped += forced;
  if (unfinished) {
    object.pending.erase(object.pending.begin(), object.pending.end() - 1);
  } else {
    object.pending.clear();
  }
  object.image_hash = hash_of(object.image_at, object.image_size);
  object.poisoned = object.undecoded = false;
  params->numOfRangeDropped = dropped;
  return CUPTI_SUCCESS;
}
