// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "driver/driver.hpp"

/// \file
/// Graphs of kernel nodes, run in the order in which they were added.

using namespace standin;

namespace {

CUresult instantiate(CUgraphExec* out, CUgraph graph) {
  if (out == nullptr || graph == nullptr) return CUDA_ERROR_INVALID_VALUE;
  auto exec = std::make_unique<CUgraphExec_st>();
  {
    std::lock_guard const lock(graph->mutex);
    for (auto const& node : graph->nodes) exec->nodes.push_back(*node);
  }
  *out = keep(std::move(exec));
  return CUDA_SUCCESS;
}

}  // namespace

extern "C" {

CUresult cuGraphCreate(CUgraph* out, unsigned) {
  STANDIN_ENTER();
  if (out == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *out = keep(std::make_unique<CUgraph_st>());
  return CUDA_SUCCESS;
}

CUresult cuGraphAddKernelNode_v2(CUgraphNode* out, CUgraph graph, CUgraphNode const*, size_t,
                                 CUDA_KERNEL_NODE_PARAMS const* kernel) {
  STANDIN_ENTER();
  if (out == nullptr || graph == nullptr || kernel == nullptr) return CUDA_ERROR_INVALID_VALUE;
  auto node = std::make_unique<CUgraphNode_st>();
  if (kernel->func != nullptr) {
    node->kernel = kernel->func;
  } else {
    node->kernel = kernel->kern;
  }
  node->threads = std::uint64_t{kernel->gridDimX} * kernel->gridDimY * kernel->gridDimZ * kernel->blockDimX *
                  kernel->blockDimY * kernel->blockDimZ;
  if (node->kernel == nullptr || node->threads == 0) return CUDA_ERROR_INVALID_VALUE;
  std::lock_guard const lock(graph->mutex);
  *out = graph->nodes.emplace_back(std::move(node)).get();
  return CUDA_SUCCESS;
}

CUresult cuGraphInstantiateWithFlags(CUgraphExec* out, CUgraph graph, unsigned long long) {
  STANDIN_ENTER();
  return instantiate(out, graph);
}

CUresult cuGraphExecDestroy(CUgraphExec graph) {
  STANDIN_ENTER();
  return graph == nullptr ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

CUresult cuGraphDestroy(CUgraph graph) {
  STANDIN_ENTER();
  return graph == nullptr ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

}  // extern "C"
