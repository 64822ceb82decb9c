// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/graph_events.hpp"

#include <exception>

#include "cupti/result_text.hpp"
#include "recording/nvtx/range_listener.hpp"
#include "recording/recording.hpp"

namespace flopwatch::collect {

detail::thread_record::launch_origin origin_of_this_thread() noexcept {
  auto* const ranges = detail::listening_to_ranges.load(std::memory_order_acquire);
  if (ranges != nullptr) ranges->settle();
  auto* const record = detail::current_record();
  if (record == nullptr) return {};
  detail::record_access const access(*record);
  if (!access) return {};
  auto origin = record->origin_of_launch();
  bool const has_none = origin.operator_call == nullptr && record->scopes().at_base();
  if (ranges == nullptr || !has_none || origin.in_phase == phase::backward) return origin;
  if (auto const* const shared = ranges->of_process(); shared != nullptr) {
    origin.scope = shared;
    origin.in_phase = shared->in_phase;
  }
  return origin;
}

std::optional<bool> is_on_device(cupti::api const& api, CUcontext context, int device, loss_list& losses) {
  std::uint32_t its = 0;
  // CUPTI's own call: a driver call is not allowed inside a callback.
  if (api.cuptiGetDeviceId == nullptr) {
    losses.note(loss::context_not_measured, 1, "this CUPTI does not say which GPU it is on");
    return std::nullopt;
  }
  if (auto const code = api.cuptiGetDeviceId(context, &its); code != CUPTI_SUCCESS) {
    losses.note(loss::context_not_measured, 1, cupti::sentence(code, "cuptiGetDeviceId"));
    return std::nullopt;
  }
  return its == static_cast<std::uint32_t>(device);
}

kernel_table::kernel kernel_of(shared_tables& shared, seen_launch const& launch) {
  switch (launch.call.kind) {
    case launch_kind::graph: {
      auto const known = shared.graphs.number_of(launch.call.graph);
      return {known != 0 ? known : shared.kernels.number_of(unknown_graph), false};
    }
    case launch_kind::multi_device:
      return {shared.kernels.number_of("(cooperative kernel on several devices)"), true};
    case launch_kind::kernel:
      break;
  }
  return shared.kernels.find(launch.kernel);
}

void add_captured(shared_tables& shared, seen_launch const& launch, CUgraph graph, CUgraphNode node,
                  std::uint64_t work) noexcept {
  shared.captures.joined(launch.context);
  try {
    if (launch.call.kind == launch_kind::graph) {
      shared.graphs.add_graph(graph, node, launch.call.graph);
      return;
    }
    auto const origin = origin_of_this_thread();
    shared.graphs.add(
        graph, node,
        {shared.kernels.number_of(launch.kernel), origin.scope, origin.operator_call, origin.in_phase, work});
  } catch (std::exception const& e) {  // out of memory
    shared.losses.note(loss::counters_failed, 1, e.what());
  }
}

void follow_capture_call(shared_tables& shared, CUcontext context, capture_call const& call,
                         CUresult code) noexcept {
  if (call.kind == capture_kind::begin && code != CUDA_SUCCESS) shared.captures.ends(context, call.stream);
  if (call.kind == capture_kind::end && closes_capture(code)) shared.captures.ends(context, call.stream);
  if (call.kind != capture_kind::update || code != CUDA_SUCCESS) return;
  try {
    shared.graphs.instantiated(call.exec, call.graph);
  } catch (std::exception const& e) {
    shared.losses.note(loss::counters_failed, 1, e.what());
  }
}

void follow_graph(shared_tables& shared, graph_event const& event) noexcept {
  auto const& data = event.data;
  auto& graphs = shared.graphs;
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
          return graphs.add(
              data.graph, data.node,
              {shared.kernels.number_of(unknown_graph_kernel), nullptr, nullptr, phase::forward, 0});
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
    shared.losses.note(loss::counters_failed, 1, e.what());
  }
}

}  // namespace flopwatch::collect
