// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "gpu/probes/counting.hpp"

#include <algorithm>
#include <cmath>

namespace gpu_probes {
namespace {

constexpr int most_rounds = 64;

/// Calls one after the other, until one is refused.
class steps {
 public:
  explicit steps(json& codes) : codes_(&codes) {}
  template <class Call>
  void next(char const* name, Call call) {
    if (!good_) return;
    auto const code = call();
    // Of a call that is made once in each round, the first refusal or the last success.
    (*codes_)[name] = code_of(code);
    good_ = code == CUPTI_SUCCESS;
  }
  [[nodiscard]] bool good() const noexcept { return good_; }

 private:
  json* codes_;
  bool good_ = true;
};

void run_rounds(raw_profiler& profiler, count_mode const& mode, std::function<void(json&)> const& work,
                count_result& out) {
  bool const user_range = mode.range == CUPTI_UserRange;
  steps step(out.codes);
  do {
    step.next("start", [&] { return profiler.start(); });
    if (!step.good()) return;
    if (user_range) step.next("push_range", [&] { return profiler.push("range"); });
    if (work) work(out.codes);
    if (user_range) step.next("pop_range", [&] { return profiler.pop(); });
    out.codes["synchronise"] = code_of(cuCtxSynchronize());
    out.codes["stop"] = code_of(profiler.stop());
    ++out.rounds;
  } while (step.good() && out.codes["stop"]["code"] == 0 && !profiler.all_passes_submitted &&
           out.rounds < most_rounds);
  if (out.codes["stop"]["code"] != 0) return;
  step.next("decode", [&] { return profiler.decode(); });
  out.complete = step.good();
}

}  // namespace

bool count_result::is(std::size_t ranges, std::int64_t value) const {
  return complete && values.size() == ranges &&
         std::all_of(values.begin(), values.end(),
                     [&](auto const& all) { return !all.empty() && std::llround(all.front()) == value; });
}

json count_result::facts(std::int64_t expected) const {
  auto counted = json::array();
  for (auto const& all : values) counted.push_back(all.empty() ? json(nullptr) : number(all.front()));
  return {{"codes", codes},
          {"rounds", rounds},
          {"ranges", values.size()},
          {"ranges_dropped", dropped},
          {"range_names", names},
          {"counted_thread_instructions", counted},
          {"expected_thread_instructions", expected}};
}

count_result count(gpu const& device, metric_set const& metrics, count_mode const& mode,
                   std::function<void(json& codes)> const& work) {
  count_result out;
  raw_profiler profiler(device, metrics);
  profiler.modes.range = mode.range;
  profiler.modes.replayMode = mode.replay;
  steps setting_up(out.codes);
  setting_up.next("enable", [&] { return profiler.enable(mode.null_context ? nullptr : device.context()); });
  if (!setting_up.good()) return out;
  setting_up.next("get_counter_data_size", [&] { return profiler.size(mode.max_ranges); });
  setting_up.next("counter_data_image_initialize", [&] { return profiler.initialise(); });
  setting_up.next("set_config", [&] { return profiler.set_config(); });
  if (setting_up.good()) run_rounds(profiler, mode, work, out);
  if (out.complete) {
    out.dropped = profiler.dropped;
    for (std::size_t i = 0; i < profiler.ranges(); ++i) {
      out.names.push_back(profiler.range_name(i));
      out.values.push_back(profiler.values(i));
    }
  }
  out.codes["disable"] = code_of(profiler.disable());
  return out;
}

std::string clause_of(count_result const& result, std::size_t ranges, std::int64_t expected) {
  for (auto const& [call, code] : result.codes.items()) {
    if (code.contains("code") && code["code"] != 0)
      return call + " answers " + code["name"].get<std::string>() + " (" +
             std::to_string(code["code"].get<int>()) + ")";
  }
  if (result.is(ranges, expected)) return "works, and the counts are right";
  if (result.values.size() != ranges)
    return "gives " + counted_word(result.values.size(), "range") + " for " + counted_word(ranges, "launch");
  return "works, but the counts are wrong";
}

}  // namespace gpu_probes
