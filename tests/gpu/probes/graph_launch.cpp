// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "gpu/probes/counting.hpp"
#include "gpu/probes/own_child.hpp"
#include "gpu/probes/probes.hpp"

namespace gpu_probes {
namespace {

constexpr int nodes = 3;

struct way {
  char const* name;
  CUpti_ProfilerRange range;
  CUpti_ProfilerReplayMode replay;
  bool two_passes;
};
constexpr std::array ways{
    way{"auto_range_user_replay_one_pass", CUPTI_AutoRange, CUPTI_UserReplay, false},
    way{"auto_range_user_replay_two_passes", CUPTI_AutoRange, CUPTI_UserReplay, true},
    way{"auto_range_kernel_replay_one_pass", CUPTI_AutoRange, CUPTI_KernelReplay, false},
    way{"auto_range_kernel_replay_two_passes", CUPTI_AutoRange, CUPTI_KernelReplay, true},
    way{"user_range_user_replay_one_pass", CUPTI_UserRange, CUPTI_UserReplay, false},
    way{"user_range_user_replay_two_passes", CUPTI_UserRange, CUPTI_UserReplay, true}};

/// Launches the kernel once in each node, one after the other.
class graph {
 public:
  explicit graph(program const& kernel) : address_(kernel.memory()), trips_(kernel.usual().trips) {
    CUgraph made = nullptr;
    known_counts::must(cuGraphCreate(&made, 0), "cuGraphCreate");
    CUDA_KERNEL_NODE_PARAMS node{};
    node.func = kernel.function();
    node.gridDimX = kernel.usual().blocks;
    node.blockDimX = kernel.usual().threads;
    node.gridDimY = node.gridDimZ = node.blockDimY = node.blockDimZ = 1;
    node.kernelParams = arguments_.data();
    CUgraphNode before = nullptr;
    for (int i = 0; i < nodes; ++i) {
      CUgraphNode added = nullptr;
      known_counts::must(
          cuGraphAddKernelNode(&added, made, i == 0 ? nullptr : &before, i == 0 ? 0 : 1, &node),
          "cuGraphAddKernelNode");
      before = added;
    }
    known_counts::must(cuGraphInstantiate(&exec_, made, 0), "cuGraphInstantiate");
    cuGraphDestroy(made);
  }
  ~graph() { cuGraphExecDestroy(exec_); }
  graph(graph const&) = delete;
  graph& operator=(graph const&) = delete;
  [[nodiscard]] CUresult launch() const { return cuGraphLaunch(exec_, nullptr); }

 private:
  CUdeviceptr address_;
  int trips_;
  std::array<void*, 2> arguments_{&address_, &trips_};
  CUgraphExec exec_ = nullptr;
};

json ask(setting const& s, way const& how) {
  gpu const device(s);
  program const kernel(device, "known_ffma");
  graph const three(kernel);
  auto const metrics =
      how.two_passes ? two_passes(device, kernel.metric()) : metrics_of(device, {kernel.metric()});
  auto const result = count(device, metrics, {.range = how.range, .replay = how.replay},
                            [&](json& codes) { codes["graph_launch"] = code_of(three.launch()); });
  bool const together = how.range == CUPTI_UserRange;
  auto const expected = kernel.expected() * (together ? nodes : 1);
  auto facts = result.facts(expected);
  facts["passes"] = metrics.passes;
  facts["clause"] = clause_of(result, together ? 1 : nodes, expected);
  return facts;
}

}  // namespace

finding graph_launch(setting const& s) { return ask_each_way(s, ways, ask); }

}  // namespace gpu_probes
