// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "driver/graphs.hpp"

#include <generated_cuda_meta.h>

#include <cupti_callbacks.h>
#include <cupti_driver_cbid.h>

#include "driver/api_call.hpp"

/// \file
/// Graphs of kernels and of other graphs, run in the order in which they were added.

using namespace standin;

namespace {

/// CUPTI's resource callbacks of graphs (cupti_callbacks.h), with the fields that each has.
void tell(std::uint32_t cbid, CUpti_GraphData data) { announce(cbid, current(), nullptr, &data); }

CUresult instantiate(CUgraphExec* out, CUgraph graph) {
  if (out == nullptr || graph == nullptr) return CUDA_ERROR_INVALID_VALUE;
  auto exec = std::make_unique<CUgraphExec_st>();
  {
    std::lock_guard const lock(graph->mutex);
    for (auto const& node : graph->nodes) exec->nodes.push_back(*node);
  }
  CUpti_GraphData data{};
  data.graph = graph;
  tell(CUPTI_CBID_RESOURCE_GRAPHEXEC_CREATE_STARTING, data);
  *out = keep(std::move(exec));
  data.graphExec = *out;
  tell(CUPTI_CBID_RESOURCE_GRAPHEXEC_CREATED, data);
  return CUDA_SUCCESS;
}

/// The real driver compares the two graphs; here a graph of as many nodes will do.
CUresult update(CUgraphExec exec, CUgraph graph) {
  if (exec == nullptr || graph == nullptr) return CUDA_ERROR_INVALID_VALUE;
  std::lock_guard const lock(graph->mutex);
  std::lock_guard const its(exec->mutex);
  if (exec->nodes.size() != graph->nodes.size()) return CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE;
  for (std::size_t i = 0; i < exec->nodes.size(); ++i) exec->nodes[i] = *graph->nodes[i];
  return CUDA_SUCCESS;
}

}  // namespace

namespace standin {

CUgraph make_graph() {
  auto* const graph = keep(std::make_unique<CUgraph_st>());
  CUpti_GraphData data{};
  data.graph = graph;
  tell(CUPTI_CBID_RESOURCE_GRAPH_CREATED, data);
  return graph;
}

CUgraphNode add_node(CUcontext context, CUgraph graph, CUgraphNode_st node) {
  CUpti_GraphData data{};
  data.graph = graph;
  data.nodeType = node.kernel != nullptr ? CU_GRAPH_NODE_TYPE_KERNEL : CU_GRAPH_NODE_TYPE_GRAPH;
  announce(CUPTI_CBID_RESOURCE_GRAPHNODE_CREATE_STARTING, context, nullptr, &data);
  {
    std::lock_guard const lock(graph->mutex);
    data.node = graph->nodes.emplace_back(std::make_unique<CUgraphNode_st>(std::move(node))).get();
  }
  announce(CUPTI_CBID_RESOURCE_GRAPHNODE_CREATED, context, nullptr, &data);
  return data.node;
}

}  // namespace standin

extern "C" {

CUresult cuGraphCreate(CUgraph* out, unsigned) {
  STANDIN_ENTER();
  if (out == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *out = make_graph();
  return CUDA_SUCCESS;
}

CUresult cuGraphClone(CUgraph* out, CUgraph original) {
  STANDIN_ENTER();
  if (out == nullptr || original == nullptr) return CUDA_ERROR_INVALID_VALUE;
  auto* const graph = keep(std::make_unique<CUgraph_st>());
  CUpti_GraphData data{};
  data.graph = graph;
  data.originalGraph = original;
  tell(CUPTI_CBID_RESOURCE_GRAPH_CLONED, data);
  std::vector<CUgraphNode> originals;
  {
    std::lock_guard const lock(original->mutex);
    for (auto const& node : original->nodes) {
      originals.push_back(node.get());
      graph->nodes.push_back(std::make_unique<CUgraphNode_st>(*node));
    }
  }
  for (std::size_t i = 0; i < originals.size(); ++i) {
    data.node = graph->nodes[i].get();
    data.originalNode = originals[i];
    data.nodeType = data.node->kernel != nullptr ? CU_GRAPH_NODE_TYPE_KERNEL : CU_GRAPH_NODE_TYPE_GRAPH;
    tell(CUPTI_CBID_RESOURCE_GRAPHNODE_CLONED, data);
  }
  *out = graph;
  return CUDA_SUCCESS;
}

CUresult cuGraphAddKernelNode_v2(CUgraphNode* out, CUgraph graph, CUgraphNode const*, size_t,
                                 CUDA_KERNEL_NODE_PARAMS const* kernel) {
  STANDIN_ENTER();
  if (out == nullptr || graph == nullptr || kernel == nullptr) return CUDA_ERROR_INVALID_VALUE;
  CUgraphNode_st node;
  if (kernel->func != nullptr) {
    node.kernel = kernel->func;
  } else {
    node.kernel = kernel->kern;
  }
  node.threads = std::uint64_t{kernel->gridDimX} * kernel->gridDimY * kernel->gridDimZ * kernel->blockDimX *
                 kernel->blockDimY * kernel->blockDimZ;
  if (node.kernel == nullptr || node.threads == 0) return CUDA_ERROR_INVALID_VALUE;
  node.parameters = state().parameters_of(*node.kernel->definition, kernel->kernelParams);
  *out = add_node(current(), graph, std::move(node));
  return CUDA_SUCCESS;
}

CUresult cuGraphAddChildGraphNode(CUgraphNode* out, CUgraph graph, CUgraphNode const*, size_t,
                                  CUgraph child) {
  STANDIN_ENTER();
  if (out == nullptr || graph == nullptr || child == nullptr) return CUDA_ERROR_INVALID_VALUE;
  CUgraphNode_st node;
  {
    std::lock_guard const lock(child->mutex);
    for (auto const& one : child->nodes) node.child.push_back(*one);
  }
  *out = add_node(current(), graph, std::move(node));
  return CUDA_SUCCESS;
}

CUresult cuGraphInstantiateWithFlags(CUgraphExec* out, CUgraph graph, unsigned long long) {
  STANDIN_ENTER();
  return instantiate(out, graph);
}

CUresult cuGraphExecUpdate_v2(CUgraphExec exec, CUgraph graph, CUgraphExecUpdateResultInfo* info) {
  STANDIN_ENTER(entry::normal, true);
  cuGraphExecUpdate_v2_params const params{exec, graph, info};
  return with_callbacks(CUPTI_DRIVER_TRACE_CBID_cuGraphExecUpdate_v2, __func__, &params, nullptr,
                        [&] { return update(exec, graph); });
}

CUresult cuGraphExecDestroy(CUgraphExec exec) {
  STANDIN_ENTER();
  if (exec == nullptr) return CUDA_ERROR_INVALID_VALUE;
  CUpti_GraphData data{};
  data.graphExec = exec;
  tell(CUPTI_CBID_RESOURCE_GRAPHEXEC_DESTROY_STARTING, data);
  return CUDA_SUCCESS;
}

CUresult cuGraphDestroy(CUgraph graph) {
  STANDIN_ENTER();
  if (graph == nullptr) return CUDA_ERROR_INVALID_VALUE;
  CUpti_GraphData data{};
  data.graph = graph;
  tell(CUPTI_CBID_RESOURCE_GRAPH_DESTROY_STARTING, data);
  return CUDA_SUCCESS;
}

}  // extern "C"
