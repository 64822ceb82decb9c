// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "gpu/probes/counting.hpp"
#include "gpu/probes/own_child.hpp"
#include "gpu/probes/probes.hpp"

namespace gpu_probes {
namespace {

struct way {
  char const* name;
  CUpti_ProfilerReplayMode replay;
  bool two_passes;
};
constexpr std::array ways{way{"user_replay_one_pass", CUPTI_UserReplay, false},
                          way{"user_replay_two_passes", CUPTI_UserReplay, true},
                          way{"kernel_replay_one_pass", CUPTI_KernelReplay, false},
                          way{"kernel_replay_two_passes", CUPTI_KernelReplay, true}};

CUresult launch(program const& kernel) {
  auto const g = kernel.usual();
  auto address = kernel.memory();
  int trips = g.trips;
  void* arguments[] = {&address, &trips};
  return cuLaunchCooperativeKernel(kernel.function(), g.blocks, 1, 1, g.threads, 1, 1, 0, nullptr, arguments);
}

json ask(setting const& s, way const& how) {
  gpu const device(s);
  program const kernel(device, "known_ffma");
  auto const metrics =
      how.two_passes ? two_passes(device, kernel.metric()) : metrics_of(device, {kernel.metric()});
  auto const result = count(device, metrics, {.replay = how.replay},
                            [&](json& codes) { codes["cooperative_launch"] = code_of(launch(kernel)); });
  auto facts = result.facts(kernel.expected());
  facts["passes"] = metrics.passes;
  facts["clause"] = clause_of(result, 1, kernel.expected());
  return facts;
}

}  // namespace

finding cooperative_launch(setting const& s) { return ask_each_way(s, ways, ask); }

}  // namespace gpu_probes
