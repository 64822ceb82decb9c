// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// What a collector does where the program waits, captures a stream, or changes a graph.
#include <exception>

#include "collect/collector.hpp"

namespace flopwatch::collect {

void collector::synchronising(CUcontext context) noexcept {
  if (shared_.captures.any()) return;
  if (auto* const log = find(context)) log->turn();
}

void collector::capture_call_begins(CUcontext context, capture_call const& call) noexcept {
  if (call.kind != capture_kind::begin) return;
  shared_.captures.begins(context, call.stream);
  // If the profiler still runs, no capture of this context is open: each stops it before it begins.
  if (auto* const log = find(context)) log->pause();
}

void collector::capture_call_ended(CUcontext context, capture_call const& call, CUresult code) noexcept {
  if (call.kind == capture_kind::begin && code != CUDA_SUCCESS) shared_.captures.ends(context, call.stream);
  if (call.kind == capture_kind::end && closes_capture(code)) shared_.captures.ends(context, call.stream);
  if (call.kind != capture_kind::update || code != CUDA_SUCCESS) return;
  try {
    shared_.graphs.instantiated(call.exec, call.graph);
  } catch (std::exception const& e) {
    shared_.losses.note(loss::counters_failed, 1, e.what());
  }
}

void collector::graph_changed(graph_event const& event) noexcept {
  auto const& data = event.data;
  auto& graphs = shared_.graphs;
  try {
    switch (event.what) {
      case CUPTI_CBID_RESOURCE_GRAPH_CREATED:
        return graphs.created(data.graph);
      case CUPTI_CBID_RESOURCE_GRAPH_DESTROY_STARTING:
        return graphs.destroyed(data.graph);
      case CUPTI_CBID_RESOURCE_GRAPH_CLONED:
        return graphs.cloned(data.graph, data.originalGraph);
      case CUPTI_CBID_RESOURCE_GRAPHNODE_CREATED:
        if (data.nodeType == CU_GRAPH_NODE_TYPE_KERNEL) {
          return graphs.add(data.graph, data.node, {shared_.kernels.number_of("(kernel of a graph)")});
        }
        if (data.nodeType == CU_GRAPH_NODE_TYPE_GRAPH) graphs.add_graph(data.graph, data.node, nullptr);
        return;
      case CUPTI_CBID_RESOURCE_GRAPHNODE_CLONED:
        return graphs.node_cloned(data.graph, data.node, data.originalGraph, data.originalNode);
      case CUPTI_CBID_RESOURCE_GRAPHNODE_DESTROY_STARTING:
        return graphs.node_destroyed(data.graph, data.node);
      case CUPTI_CBID_RESOURCE_GRAPHEXEC_CREATED:
        return graphs.instantiated(data.graphExec, data.graph);
      case CUPTI_CBID_RESOURCE_GRAPHEXEC_DESTROY_STARTING:
        return graphs.exec_destroyed(data.graphExec);
      default:
        return;
    }
  } catch (std::exception const& e) {  // out of memory
    shared_.losses.note(loss::counters_failed, 1, e.what());
  }
}

}  // namespace flopwatch::collect
