// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "driver/captures.hpp"

#include <algorithm>
#include <generated_cuda_meta.h>

#include <cupti_driver_cbid.h>

#include "driver/api_call.hpp"
#include "driver/graphs.hpp"

namespace standin {
namespace {

std::mutex captures_mutex;
std::vector<stream_capture*>& open_captures() {
  static auto& all = *new std::vector<stream_capture*>;
  return all;
}
thread_local CUstreamCaptureMode thread_mode = CU_STREAM_CAPTURE_MODE_GLOBAL;

/// Breaks the open captures that `hit` is true of. Under the lock.
template <class Hit>
bool invalidate(Hit hit) {
  bool any = false;
  for (auto* const one : open_captures()) {
    if (!hit(*one)) continue;
    one->invalid = true;
    any = true;
  }
  return any;
}

void take_in(capture_clock& into, capture_clock const& other) {
  for (auto const& [stream, work] : other) into[stream] = std::max(into[stream], work);
}

/// "If the capture contains a fork that was not joined to the primary stream" (904). A stream without work of
/// its own needs no join [inference].
bool is_joined(stream_capture const& one) {
  return std::all_of(one.streams.begin(), one.streams.end(), [&](CUstream stream) {
    auto const own = stream->before.find(stream);
    auto const known = one.origin->before.find(stream);
    return own == stream->before.end() || (known != one.origin->before.end() && known->second >= own->second);
  });
}

CUresult begin_capture(CUstream stream, CUgraph graph, CUstreamCaptureMode mode) {
  // "Capture may not be initiated if stream is CU_STREAM_LEGACY." The per-thread stream has no object here.
  if (is_default(stream)) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  if (!stream->alive) return CUDA_ERROR_INVALID_HANDLE;
  if (stream->capture.load() != nullptr) return CUDA_ERROR_ILLEGAL_STATE;
  auto one = std::make_unique<stream_capture>();
  one->context = stream->context;
  one->origin = stream;
  one->graph = graph == nullptr ? make_graph() : graph;
  one->mode = mode;
  one->begun_by = std::this_thread::get_id();
  one->streams.push_back(stream);
  std::lock_guard const lock(captures_mutex);
  stream->before.clear();
  auto* const kept = keep(std::move(one));
  stream->capture = kept;
  open_captures().push_back(kept);
  return CUDA_SUCCESS;
}

CUresult end_capture(CUstream stream, CUgraph* graph) {
  if (graph == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *graph = nullptr;
  auto* const one = is_default(stream) ? nullptr : stream->capture.load();
  if (one == nullptr) return CUDA_ERROR_ILLEGAL_STATE;
  if (one->origin != stream) return CUDA_ERROR_STREAM_CAPTURE_UNMATCHED;
  if (one->mode != CU_STREAM_CAPTURE_MODE_RELAXED && one->begun_by != std::this_thread::get_id())
    return CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD;
  std::lock_guard const lock(captures_mutex);
  std::erase(open_captures(), one);
  bool const joined = is_joined(*one);
  for (auto* const its : one->streams) {
    its->capture = nullptr;
    its->before.clear();
  }
  if (one->invalid) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
  if (!joined) return CUDA_ERROR_STREAM_CAPTURE_UNJOINED;
  *graph = one->graph;
  return CUDA_SUCCESS;
}

}  // namespace

bool is_default(CUstream stream) {
  return stream == nullptr || stream == CU_STREAM_LEGACY || stream == CU_STREAM_PER_THREAD;
}

bool is_captured(CUcontext context, CUstream stream, CUgraphNode_st node, CUresult& bad) {
  bad = CUDA_SUCCESS;
  CUgraph graph = nullptr;
  {
    std::lock_guard const lock(captures_mutex);
    if (is_default(stream)) {
      // "any attempted use of the legacy stream is invalid", while a stream that blocks on it is captured.
      bool const hit = stream != CU_STREAM_PER_THREAD && invalidate([&](stream_capture const& c) {
                         return c.context == context && (c.origin->flags & CU_STREAM_NON_BLOCKING) == 0;
                       });
      if (hit) bad = CUDA_ERROR_STREAM_CAPTURE_IMPLICIT;
      return hit;
    }
    auto* const one = stream->capture.load();
    if (one == nullptr) return false;
    if (one->invalid) {
      bad = CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
      return true;
    }
    ++stream->before[stream];
    graph = one->graph;
  }
  add_node(context, graph, std::move(node));
  return true;
}

CUresult check_status(CUstream stream) {
  auto* const one = is_default(stream) ? nullptr : stream->capture.load();
  if (one == nullptr) return CUDA_SUCCESS;
  std::lock_guard const lock(captures_mutex);
  one->invalid = true;
  return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
}

CUresult check_status(CUevent event) {
  auto* const one = event->capture.load();
  if (one == nullptr) return CUDA_SUCCESS;
  std::lock_guard const lock(captures_mutex);
  one->invalid = true;
  return CUDA_ERROR_CAPTURED_EVENT;
}

CUresult check_status(CUcontext context) {
  std::lock_guard const lock(captures_mutex);
  bool const hit = invalidate([&](stream_capture const& c) { return c.context == context; });
  return hit ? CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED : CUDA_SUCCESS;
}

CUresult check_unsafe() {
  if (thread_mode == CU_STREAM_CAPTURE_MODE_RELAXED) return CUDA_SUCCESS;
  std::lock_guard const lock(captures_mutex);
  bool const hit = invalidate([&](stream_capture const& c) {
    if (c.mode == CU_STREAM_CAPTURE_MODE_RELAXED) return false;
    if (c.begun_by == std::this_thread::get_id()) return true;
    return thread_mode == CU_STREAM_CAPTURE_MODE_GLOBAL && c.mode == CU_STREAM_CAPTURE_MODE_GLOBAL;
  });
  return hit ? CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED : CUDA_SUCCESS;
}

void record_event(CUevent event, CUstream stream) {
  std::lock_guard const lock(captures_mutex);
  auto* const one = is_default(stream) ? nullptr : stream->capture.load();
  event->capture = one;
  event->before = one == nullptr ? capture_clock{} : stream->before;
}

CUresult wait_for_event(CUstream stream, CUevent event) {
  std::lock_guard const lock(captures_mutex);
  auto* const theirs = event->capture.load();
  auto* const own = is_default(stream) ? nullptr : stream->capture.load();
  auto const& open = open_captures();
  if (theirs == nullptr) return CUDA_SUCCESS;
  if (is_default(stream) || std::find(open.begin(), open.end(), theirs) == open.end())
    return CUDA_ERROR_CAPTURED_EVENT;
  if (own != nullptr && own != theirs) {
    own->invalid = theirs->invalid = true;
    return CUDA_ERROR_STREAM_CAPTURE_MERGE;
  }
  if (own == nullptr) {
    stream->before.clear();
    stream->capture = theirs;
    theirs->streams.push_back(stream);
  }
  take_in(stream->before, event->before);
  return CUDA_SUCCESS;
}

bool break_captures() {
  std::lock_guard const lock(captures_mutex);
  return invalidate([](stream_capture const&) { return true; });
}

void forget_captures() {
  std::lock_guard const lock(captures_mutex);
  open_captures().clear();
  thread_mode = CU_STREAM_CAPTURE_MODE_GLOBAL;
}

}  // namespace standin

using namespace standin;

namespace {

template <class Params>
CUgraph graph_of(Params const& params) {
  if constexpr (requires { params.hGraph; }) {
    return params.hGraph;
  } else {
    return nullptr;
  }
}

template <class Params>
CUstreamCaptureMode mode_of(Params const& params) {
  if constexpr (requires { params.mode; }) {
    return params.mode;
  } else {
    return CU_STREAM_CAPTURE_MODE_GLOBAL;  // the oldest form has none
  }
}

}  // namespace

extern "C" {

#define STANDIN_BEGIN_CAPTURE(name, parameters, ...)                                                 \
  CUresult name parameters {                                                                         \
    STANDIN_ENTER(entry::normal, true);                                                              \
    name##_params const params{__VA_ARGS__};                                                         \
    return with_callbacks(CUPTI_DRIVER_TRACE_CBID_##name, #name, &params, nullptr,                   \
                          [&] { return begin_capture(stream, graph_of(params), mode_of(params)); }); \
  }

#define STANDIN_CAPTURE_CALLS(suffix)                                                                       \
  STANDIN_BEGIN_CAPTURE(cuStreamBeginCapture##suffix, (CUstream stream), stream)                            \
  STANDIN_BEGIN_CAPTURE(cuStreamBeginCapture_v2##suffix, (CUstream stream, CUstreamCaptureMode mode),       \
                        stream, mode)                                                                       \
  STANDIN_BEGIN_CAPTURE(cuStreamBeginCaptureToGraph##suffix,                                                \
                        (CUstream stream, CUgraph graph, CUgraphNode const* after,                          \
                         CUgraphEdgeData const* edges, size_t count, CUstreamCaptureMode mode),             \
                        stream, graph, after, edges, count, mode)                                           \
  CUresult cuStreamEndCapture##suffix(CUstream stream, CUgraph* graph) {                                    \
    STANDIN_ENTER(entry::normal, true);                                                                     \
    cuStreamEndCapture##suffix##_params const params{stream, graph};                                        \
    return with_callbacks(CUPTI_DRIVER_TRACE_CBID_cuStreamEndCapture##suffix, "cuStreamEndCapture" #suffix, \
                          &params, nullptr, [&] { return end_capture(stream, graph); });                    \
  }                                                                                                         \
  CUresult cuStreamIsCapturing##suffix(CUstream stream, CUstreamCaptureStatus* status) {                    \
    STANDIN_ENTER();                                                                                        \
    if (status == nullptr) return CUDA_ERROR_INVALID_VALUE;                                                 \
    auto const* const one = is_default(stream) ? nullptr : stream->capture.load();                          \
    *status = one == nullptr ? CU_STREAM_CAPTURE_STATUS_NONE                                                \
              : one->invalid ? CU_STREAM_CAPTURE_STATUS_INVALIDATED                                         \
                             : CU_STREAM_CAPTURE_STATUS_ACTIVE;                                             \
    return CUDA_SUCCESS;                                                                                    \
  }
STANDIN_CAPTURE_CALLS()
STANDIN_CAPTURE_CALLS(_ptsz)

CUresult cuThreadExchangeStreamCaptureMode(CUstreamCaptureMode* mode) {
  STANDIN_ENTER();
  if (mode == nullptr || *mode > CU_STREAM_CAPTURE_MODE_RELAXED) return CUDA_ERROR_INVALID_VALUE;
  std::swap(*mode, thread_mode);
  return CUDA_SUCCESS;
}

}  // extern "C"
