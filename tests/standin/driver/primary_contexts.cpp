// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <utility>

#include <cupti_callbacks.h>

#include "driver/contexts.hpp"

/// \file
/// The one context of each device that all its users share.

namespace standin {
namespace {

std::mutex primary_mutex;
struct primary_slot {
  CUcontext context = nullptr;
  unsigned flags = 0;
  int retained = 0;
};
std::map<int, primary_slot>& primaries() {
  static auto& all = *new std::map<int, primary_slot>;
  return all;
}

CUresult release(CUdevice ordinal, bool all) {
  if (ordinal < 0 || ordinal >= device_count()) return CUDA_ERROR_INVALID_DEVICE;
  CUcontext ended = nullptr;
  {
    std::lock_guard const lock(primary_mutex);
    auto& slot = primaries()[ordinal];
    if (slot.context == nullptr) return all ? CUDA_SUCCESS : CUDA_ERROR_INVALID_CONTEXT;
    if (!all && --slot.retained > 0) return CUDA_SUCCESS;
    slot.retained = 0;
    ended = std::exchange(slot.context, nullptr);
  }
  end_context(ended);
  return CUDA_SUCCESS;
}

}  // namespace

void forget_primary_contexts() {
  std::lock_guard const lock(primary_mutex);
  primaries().clear();
}

}  // namespace standin

using namespace standin;

extern "C" {

CUresult cuDevicePrimaryCtxRetain(CUcontext* out, CUdevice ordinal) {
  STANDIN_ENTER();
  if (out == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (ordinal < 0 || ordinal >= device_count()) return CUDA_ERROR_INVALID_DEVICE;
  bool created = false;
  {
    // Two threads that retain at once get the same context.
    static std::mutex creation;
    std::lock_guard const one(creation);
    CUcontext existing = nullptr;
    unsigned flags = 0;
    {
      std::lock_guard const lock(primary_mutex);
      existing = primaries()[ordinal].context;
      flags = primaries()[ordinal].flags;
    }
    auto* const context = existing != nullptr ? existing : make_context(ordinal, flags, true);
    created = existing == nullptr;
    std::lock_guard const lock(primary_mutex);
    primaries()[ordinal].context = context;
    ++primaries()[ordinal].retained;
    *out = context;
  }
  if (created) announce_current(CUPTI_CBID_RESOURCE_CONTEXT_CREATED, *out);
  return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxRelease_v2(CUdevice ordinal) {
  STANDIN_ENTER();
  return release(ordinal, false);
}

CUresult cuDevicePrimaryCtxReset_v2(CUdevice ordinal) {
  STANDIN_ENTER();
  return release(ordinal, true);
}

CUresult cuDevicePrimaryCtxGetState(CUdevice ordinal, unsigned* flags, int* active) {
  STANDIN_ENTER();
  if (flags == nullptr || active == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (ordinal < 0 || ordinal >= device_count()) return CUDA_ERROR_INVALID_DEVICE;
  std::lock_guard const lock(primary_mutex);
  auto const& slot = primaries()[ordinal];
  *flags = slot.flags;
  *active = slot.context != nullptr ? 1 : 0;
  return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice ordinal, unsigned flags) {
  STANDIN_ENTER();
  if (ordinal < 0 || ordinal >= device_count()) return CUDA_ERROR_INVALID_DEVICE;
  std::lock_guard const lock(primary_mutex);
  primaries()[ordinal].flags = flags;
  return CUDA_SUCCESS;
}

}  // extern "C"
