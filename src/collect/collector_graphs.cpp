// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// What a collector does where the program waits, captures a stream, or changes a graph.
#include "collect/collector.hpp"
#include "collect/graph_events.hpp"

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
  follow_capture_call(shared_, context, call, code);
}

void collector::graph_changed(graph_event const& event) noexcept { follow_graph(shared_, event); }

}  // namespace flopwatch::collect
