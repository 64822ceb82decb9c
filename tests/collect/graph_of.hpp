// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collect/program.hpp"

namespace flopwatch::test {

/// A graph of three kernels.
class graph_of {
 public:
  graph_of(program& gpu, char const* kernel) {
    must(cuGraphCreate(&graph_, 0), "cuGraphCreate");
    for (int i = 0; i < 3; ++i) {
      CUDA_KERNEL_NODE_PARAMS node{};
      node.func = gpu.function(kernel);
      node.gridDimX = node.gridDimY = node.gridDimZ = node.blockDimX = node.blockDimY = node.blockDimZ = 1;
      CUgraphNode added = nullptr;
      must(cuGraphAddKernelNode(&added, graph_, nullptr, 0, &node), "cuGraphAddKernelNode");
    }
    must(cuGraphInstantiate(&whole_, graph_, 0), "cuGraphInstantiate");
  }
  ~graph_of() {
    cuGraphExecDestroy(whole_);
    cuGraphDestroy(graph_);
  }
  graph_of(graph_of const&) = delete;
  graph_of& operator=(graph_of const&) = delete;

  CUresult try_launch(CUstream stream = nullptr) { return cuGraphLaunch(whole_, stream); }
  void launch() { must(try_launch(), "cuGraphLaunch"); }

 private:
  CUgraph graph_ = nullptr;
  CUgraphExec whole_ = nullptr;
};

}  // namespace flopwatch::test
