// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <generated_cuda_meta.h>

#include <cupti_callbacks.h>
#include <cupti_driver_cbid.h>

#include "driver/api_call.hpp"
#include "driver/captures.hpp"

/// \file
/// Streams and events. Work is done when its call returns, so there is nothing to wait for.

using namespace standin;

namespace {

CUresult create_stream(CUstream* out, unsigned flags) {
  if (out == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (!alive(current())) return CUDA_ERROR_INVALID_CONTEXT;
  static std::atomic<std::uint64_t> last_id{10};  // the default streams have the numbers below
  *out = keep(std::make_unique<CUstream_st>());
  (*out)->context = current();
  (*out)->flags = flags;
  (*out)->id = ++last_id;
  announce(CUPTI_CBID_RESOURCE_STREAM_CREATED, current(), *out);
  return CUDA_SUCCESS;
}

bool usable(CUstream stream) { return is_default(stream) ? alive(current()) : stream->alive.load(); }

}  // namespace

extern "C" {

CUresult cuStreamCreate(CUstream* out, unsigned flags) {
  STANDIN_ENTER();
  return create_stream(out, flags);
}

CUresult cuStreamCreateWithPriority(CUstream* out, unsigned flags, int) {
  STANDIN_ENTER();
  return create_stream(out, flags);
}

CUresult cuStreamDestroy_v2(CUstream stream) {
  STANDIN_ENTER();
  if (is_default(stream) || !stream->alive) return CUDA_ERROR_INVALID_HANDLE;
  announce(CUPTI_CBID_RESOURCE_STREAM_DESTROY_STARTING, stream->context, stream);
  stream->alive = false;
  return CUDA_SUCCESS;
}

#define STANDIN_STREAM_CALLS(suffix)                                                                       \
  CUresult cuStreamSynchronize##suffix(CUstream stream) {                                                  \
    STANDIN_ENTER(entry::synchronise, true);                                                               \
    cuStreamSynchronize##suffix##_params const params{stream};                                             \
    return with_callbacks(CUPTI_DRIVER_TRACE_CBID_cuStreamSynchronize##suffix, __func__, &params, nullptr, \
                          [&] {                                                                            \
                            if (!usable(stream)) return CUDA_ERROR_INVALID_HANDLE;                         \
                            tell_waited(current(), stream, false);                                         \
                            return check_status(stream);                                                   \
                          });                                                                              \
  }                                                                                                        \
  CUresult cuStreamQuery##suffix(CUstream stream) {                                                        \
    STANDIN_ENTER();                                                                                       \
    return usable(stream) ? check_status(stream) : CUDA_ERROR_INVALID_HANDLE;                              \
  }                                                                                                        \
  CUresult cuStreamGetCtx##suffix(CUstream stream, CUcontext* context) {                                   \
    STANDIN_ENTER();                                                                                       \
    if (context == nullptr) return CUDA_ERROR_INVALID_VALUE;                                               \
    *context = is_default(stream) ? current() : stream->context;                                           \
    return CUDA_SUCCESS;                                                                                   \
  }                                                                                                        \
  CUresult cuStreamGetId##suffix(CUstream stream, unsigned long long* id) {                                \
    STANDIN_ENTER();                                                                                       \
    if (id == nullptr) return CUDA_ERROR_INVALID_VALUE;                                                    \
    *id = is_default(stream) ? reinterpret_cast<std::uintptr_t>(stream) + 1 : stream->id;                  \
    return CUDA_SUCCESS;                                                                                   \
  }                                                                                                        \
  CUresult cuStreamWaitEvent##suffix(CUstream stream, CUevent event, unsigned) {                           \
    STANDIN_ENTER();                                                                                       \
    return event == nullptr ? CUDA_ERROR_INVALID_HANDLE : wait_for_event(stream, event);                   \
  }                                                                                                        \
  CUresult cuEventRecord##suffix(CUevent event, CUstream stream) {                                         \
    STANDIN_ENTER();                                                                                       \
    if (event == nullptr) return CUDA_ERROR_INVALID_HANDLE;                                                \
    record_event(event, stream);                                                                           \
    return CUDA_SUCCESS;                                                                                   \
  }                                                                                                        \
  CUresult cuLaunchHostFunc##suffix(CUstream stream, CUhostFn function, void* user) {                      \
    STANDIN_ENTER();                                                                                       \
    if (function == nullptr) return CUDA_ERROR_INVALID_VALUE;                                              \
    if (is_default(stream) || stream->capture.load() == nullptr) function(user);                           \
    return CUDA_SUCCESS;                                                                                   \
  }
STANDIN_STREAM_CALLS()
STANDIN_STREAM_CALLS(_ptsz)

CUresult cuEventCreate(CUevent* out, unsigned) {
  STANDIN_ENTER();
  if (out == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (!alive(current())) return CUDA_ERROR_INVALID_CONTEXT;
  *out = keep(std::make_unique<CUevent_st>());
  (*out)->context = current();
  return CUDA_SUCCESS;
}

CUresult cuEventQuery(CUevent event) {
  STANDIN_ENTER();
  return event == nullptr ? CUDA_ERROR_INVALID_HANDLE : check_status(event);
}

CUresult cuEventSynchronize(CUevent event) {
  STANDIN_ENTER(entry::synchronise, true);
  cuEventSynchronize_params const params{event};
  return with_callbacks(CUPTI_DRIVER_TRACE_CBID_cuEventSynchronize, __func__, &params, nullptr,
                        [&] { return event == nullptr ? CUDA_ERROR_INVALID_HANDLE : check_status(event); });
}

CUresult cuEventDestroy_v2(CUevent event) {
  STANDIN_ENTER();
  return event == nullptr ? CUDA_ERROR_INVALID_HANDLE : CUDA_SUCCESS;
}

}  // extern "C"
