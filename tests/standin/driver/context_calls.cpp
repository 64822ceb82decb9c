// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <cupti_callbacks.h>
#include <cupti_driver_cbid.h>

#include "driver/api_call.hpp"
#include "driver/captures.hpp"
#include "driver/contexts.hpp"

/// \file
/// The cuCtx functions.

using namespace standin;

namespace {

CUresult create(CUcontext* out, unsigned flags, CUdevice ordinal) {
  if (out == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (ordinal < 0 || ordinal >= device_count()) return CUDA_ERROR_INVALID_DEVICE;
  *out = make_context(ordinal, flags, false);
  announce_current(CUPTI_CBID_RESOURCE_CONTEXT_CREATED, *out);
  push_current(*out);
  return CUDA_SUCCESS;
}

}  // namespace

extern "C" {

CUresult cuCtxCreate_v2(CUcontext* out, unsigned flags, CUdevice ordinal) {
  STANDIN_ENTER();
  return create(out, flags, ordinal);
}

CUresult cuCtxCreate_v3(CUcontext* out, CUexecAffinityParam*, int, unsigned flags, CUdevice ordinal) {
  STANDIN_ENTER();
  return create(out, flags, ordinal);
}

CUresult cuCtxCreate_v4(CUcontext* out, CUctxCreateParams*, unsigned flags, CUdevice ordinal) {
  STANDIN_ENTER();
  return create(out, flags, ordinal);
}

CUresult cuCtxDestroy_v2(CUcontext context) {
  STANDIN_ENTER();
  if (!alive(context)) return CUDA_ERROR_INVALID_CONTEXT;
  if (context->primary) return CUDA_ERROR_INVALID_CONTEXT;
  end_context(context);
  if (current() == context) pop_current();
  return CUDA_SUCCESS;
}

CUresult cuCtxSetCurrent(CUcontext context) {
  STANDIN_ENTER();
  if (context != nullptr && !alive(context)) return CUDA_ERROR_INVALID_CONTEXT;
  set_current(context);
  return CUDA_SUCCESS;
}

CUresult cuCtxGetCurrent(CUcontext* out) {
  STANDIN_ENTER();
  if (out == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *out = current();
  return CUDA_SUCCESS;
}

CUresult cuCtxPushCurrent_v2(CUcontext context) {
  STANDIN_ENTER();
  if (!alive(context)) return CUDA_ERROR_INVALID_CONTEXT;
  push_current(context);
  return CUDA_SUCCESS;
}

CUresult cuCtxPopCurrent_v2(CUcontext* out) {
  STANDIN_ENTER();
  if (current() == nullptr) return CUDA_ERROR_INVALID_CONTEXT;
  auto* const popped = pop_current();
  if (out != nullptr) *out = popped;
  return CUDA_SUCCESS;
}

CUresult cuCtxGetDevice(CUdevice* out) {
  STANDIN_ENTER();
  if (out == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (!alive(current())) return CUDA_ERROR_INVALID_CONTEXT;
  *out = current()->device;
  return CUDA_SUCCESS;
}

CUresult cuCtxGetId(CUcontext context, unsigned long long* id) {
  STANDIN_ENTER();
  auto* const asked = context == nullptr ? current() : context;
  if (id == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (!alive(asked)) return CUDA_ERROR_INVALID_CONTEXT;
  *id = asked->uid;
  return CUDA_SUCCESS;
}

CUresult cuCtxGetFlags(unsigned* flags) {
  STANDIN_ENTER();
  if (flags == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (!alive(current())) return CUDA_ERROR_INVALID_CONTEXT;
  *flags = current()->flags;
  return CUDA_SUCCESS;
}

CUresult cuCtxSynchronize(void) {
  STANDIN_ENTER(entry::synchronise, true);
  if (current() == nullptr) return CUDA_ERROR_INVALID_CONTEXT;
  return with_callbacks(CUPTI_DRIVER_TRACE_CBID_cuCtxSynchronize, __func__, nullptr, nullptr, [] {
    if (!alive(current())) return CUDA_ERROR_CONTEXT_IS_DESTROYED;
    tell_waited(current(), nullptr, true);
    return check_status(current());
  });
}

// cudaProfiler.h, which comes with a toolkit alone: what a tool makes of them is its own business.
CUresult cuProfilerStart(void) {
  STANDIN_ENTER();
  return with_callbacks(CUPTI_DRIVER_TRACE_CBID_cuProfilerStart, __func__, nullptr, nullptr,
                        [] { return CUDA_SUCCESS; });
}

CUresult cuProfilerStop(void) {
  STANDIN_ENTER();
  return with_callbacks(CUPTI_DRIVER_TRACE_CBID_cuProfilerStop, __func__, nullptr, nullptr,
                        [] { return CUDA_SUCCESS; });
}

}  // extern "C"
