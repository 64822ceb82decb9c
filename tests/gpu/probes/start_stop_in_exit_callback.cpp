// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <atomic>

#include "gpu/probes/callback_watch.hpp"
#include "gpu/probes/counting.hpp"
#include "gpu/probes/own_child.hpp"
#include "gpu/probes/probes.hpp"

namespace gpu_probes {
namespace {

constexpr std::size_t launches = 3;

struct codes_of_one {
  std::atomic<int> stop{-1};
  std::atomic<int> start{-1};
};

std::atomic<raw_profiler*> in_use{nullptr};
std::atomic<std::size_t> exits{0};
std::array<codes_of_one, launches> seen{};

void stop_and_start(CUpti_CallbackData const& data) {
  auto* const profiler = in_use.load();
  if (profiler == nullptr || data.callbackSite != CUPTI_API_EXIT) return;
  auto const place = exits.fetch_add(1);
  if (place >= seen.size()) return;
  seen[place].stop = profiler->stop();
  seen[place].start = profiler->start();
}

json told(int code) {
  if (code < 0) return {{"code", nullptr}, {"name", "no callback"}};
  return code_of(static_cast<CUptiResult>(code));
}

json ask(setting const& s, CUpti_ProfilerReplayMode replay) {
  gpu const device(s);
  program const kernel(device, "known_ffma");
  callback_watch const watch(device.cupti(), stop_and_start);
  raw_profiler profiler(device, metrics_of(device, {kernel.metric()}));
  profiler.modes.replayMode = replay;
  json out;
  auto const call = [&](char const* name, CUptiResult code) { out[name] = code_of(code); };
  call("enable", profiler.enable(device.context()));
  call("get_counter_data_size", profiler.size(16));
  call("counter_data_image_initialize", profiler.initialise());
  call("set_config", profiler.set_config());
  call("start", profiler.start());
  if (out["start"]["code"] != 0) {
    out["clause"] = "cannot be started at all";
    return out;
  }
  in_use = &profiler;
  auto in_callbacks = json::array();
  for (std::size_t i = 0; i < launches; ++i) {
    auto const launched = kernel.launch();
    in_callbacks.push_back(
        {{"launch", code_of(launched)}, {"stop", told(seen.at(i).stop)}, {"start", told(seen.at(i).start)}});
  }
  in_use = nullptr;
  out["in_exit_callbacks"] = in_callbacks;
  out["synchronise"] = code_of(cuCtxSynchronize());
  call("stop", profiler.stop());
  call("decode", profiler.decode());
  std::size_t right = 0;
  std::size_t const ranges = out["decode"]["code"] == 0 ? profiler.ranges() : 0;
  for (std::size_t i = 0; i < ranges; ++i) {
    if (number(profiler.values(i).at(0)) == kernel.expected()) ++right;
  }
  call("disable", profiler.disable());
  out["ranges"] = ranges;
  out["ranges_with_the_right_count"] = right;
  auto const& first = in_callbacks[0];
  out["clause"] = "answers " + first["stop"]["name"].get<std::string>() + " to Stop and " +
                  first["start"]["name"].get<std::string>() + " to Start there, and gives " +
                  std::to_string(right) + " right counts of " + std::to_string(launches);
  return out;
}

}  // namespace

finding start_stop_in_exit_callback(setting const& s) {
  finding out;
  out.facts["user_replay"] = in_own_child([&] { return ask(s, CUPTI_UserReplay); });
  out.facts["kernel_replay"] = in_own_child([&] { return ask(s, CUPTI_KernelReplay); });
  out.answer = sentence_of(out.facts);
  return out;
}

}  // namespace gpu_probes
