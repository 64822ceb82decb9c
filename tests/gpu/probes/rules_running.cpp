// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "cupti/struct_sizes.hpp"
#include "gpu/probes/rules.hpp"

namespace gpu_probes {
namespace {

/// Started, with ranges of the user's.
void start_user_range(scene& x) {
  x.profiler.modes.range = CUPTI_UserRange;
  x.start();
}

/// A pass of one range with so many launches.
void pass(scene& x, raw_profiler& profiler, char const* name, int launches) {
  static_cast<void>(profiler.start());
  static_cast<void>(profiler.push(name));
  for (int i = 0; i < launches; ++i) static_cast<void>(x.kernel.launch());
  static_cast<void>(profiler.pop());
  cuCtxSynchronize();
}

/// Brings a profiler of the user's ranges to where it can be started.
CUptiResult configure(scene const& x, raw_profiler& profiler) {
  profiler.modes.range = CUPTI_UserRange;
  for (auto const code : {profiler.enable(x.device.context()), profiler.size(8), profiler.initialise(),
                          profiler.set_config()}) {
    if (code != CUPTI_SUCCESS) return code;
  }
  return CUPTI_SUCCESS;
}

/// Stop of a second pass that is not like the first one, which had the name "a" and one launch.
CUptiResult unlike_pass(setting const& s, char const* name, int launches) {
  auto& x = scene::lasting(s);
  raw_profiler profiler(x.device, two_passes(x.device, x.kernel.metric()));
  if (auto const code = configure(x, profiler); code != CUPTI_SUCCESS) return code;
  pass(x, profiler, "a", 1);
  auto const first = profiler.stop();
  if (first != CUPTI_SUCCESS) return first;
  pass(x, profiler, name, launches);
  return profiler.stop();
}

CUptiResult decode_after_one_of_two_passes(setting const& s) {
  auto& x = scene::lasting(s);
  raw_profiler profiler(x.device, two_passes(x.device, x.kernel.metric()));
  if (auto const code = configure(x, profiler); code != CUPTI_SUCCESS) return code;
  pass(x, profiler, "a", 1);
  static_cast<void>(profiler.stop());
  return profiler.decode();
}

CUptiResult read_range(scene& x, std::size_t range, char const* delimiter) {
  auto const& image = x.profiler.image;
  auto p = flopwatch::cupti::params<CUpti_RangeProfiler_CounterData_GetRangeInfo_Params>();
  p.pCounterDataImage = image.data();
  p.counterDataImageSize = image.size();
  p.rangeIndex = range;
  p.rangeDelimiter = delimiter;
  return x.device.cupti().cuptiRangeProfilerCounterDataGetRangeInfo(&p);
}

/// What a call answers in a scene that was brought to some state.
template <auto Bring, auto Call>
CUptiResult after(setting const& s) {
  auto& x = scene::lasting(s);
  Bring(x);
  return Call(x);
}

constexpr auto enabled = [](scene& x) { x.enable(); };
constexpr auto prepared = [](scene& x) { x.prepare(); };
constexpr auto started = [](scene& x) { x.start(); };
constexpr auto stopped = [](scene& x) { x.stop(); };
constexpr auto user_started = [](scene& x) { start_user_range(x); };
constexpr auto user_prepared = [](scene& x) {
  x.profiler.modes.range = CUPTI_UserRange;
  x.prepare();
};
constexpr auto user_stopped = [](scene& x) {
  start_user_range(x);
  static_cast<void>(x.profiler.stop());
};
constexpr auto pushed = [](scene& x) {
  start_user_range(x);
  static_cast<void>(x.profiler.push("open"));
};
constexpr auto decoded = [](scene& x) {
  x.stop();
  static_cast<void>(x.profiler.decode());
};

constexpr auto set_config = [](scene& x) { return x.profiler.set_config(); };
constexpr auto start = [](scene& x) { return x.profiler.start(); };
constexpr auto stop = [](scene& x) { return x.profiler.stop(); };
constexpr auto disable = [](scene& x) { return x.profiler.disable(); };
constexpr auto decode = [](scene& x) { return x.profiler.decode(); };
constexpr auto push = [](scene& x) { return x.profiler.push("range"); };
constexpr auto push_null = [](scene& x) { return x.profiler.push(nullptr); };
constexpr auto push_empty = [](scene& x) { return x.profiler.push(""); };
constexpr auto pop = [](scene& x) { return x.profiler.pop(); };

constexpr auto beyond_last = [](scene& x) { return read_range(x, 1, "/"); };
constexpr auto no_delimiter = [](scene& x) { return read_range(x, 0, nullptr); };

constexpr std::array list{
    mistake{15, "Start before SetConfig", after<enabled, start>},
    mistake{15, "Stop before SetConfig", after<enabled, stop>},
    mistake{15, "Stop without Start", after<prepared, stop>},
    mistake{15, "Start twice", after<started, start>},
    mistake{15, "Stop twice", after<stopped, stop>},
    mistake{15, "SetConfig while started", after<started, set_config>},
    mistake{15, "Disable while started", after<started, disable>},
    mistake{16, "Push before Start", after<user_prepared, push>},
    mistake{16, "Push in AutoRange", after<started, push>},
    mistake{16, "Pop in AutoRange", after<started, pop>},
    mistake{16, "Push after Stop", after<user_stopped, push>},
    mistake{16, "Pop without Push", after<user_started, pop>},
    mistake{16, "Stop with an open range", after<pushed, stop>},
    mistake{16, "Push of an empty name", after<user_started, push_empty>},
    mistake{16, "Push of the name NULL", after<user_started, push_null>},
    mistake{17, "Stop of a second pass with another range name",
            [](setting const& s) { return unlike_pass(s, "b", 1); }},
    mistake{17, "Stop of a second pass with another number of launches",
            [](setting const& s) { return unlike_pass(s, "a", 2); }},
    mistake{19, "Decode before Start", after<prepared, decode>},
    mistake{19, "Decode before Stop", after<started, decode>},
    mistake{19, "Decode twice", after<decoded, decode>},
    mistake{20, "Decode after one of two passes", decode_after_one_of_two_passes},
    mistake{24, "GetRangeInfo of a range beyond the last", after<decoded, beyond_last>},
    mistake{24, "GetRangeInfo with the delimiter NULL", after<decoded, no_delimiter>},
};

}  // namespace

std::span<mistake const> running_mistakes() { return list; }

}  // namespace gpu_probes
