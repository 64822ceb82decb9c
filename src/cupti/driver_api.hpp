// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda.h>

#include "cupti/fork_guard.hpp"

namespace flopwatch::cupti {

/// The driver's functions that collecting and the doctor need, opened at run time.
#define FLOPWATCH_DRIVER_FUNCTIONS(X) \
  X(cuDeviceGet)                      \
  X(cuDeviceGetAttribute)             \
  X(cuDevicePrimaryCtxRetain)         \
  X(cuDevicePrimaryCtxRelease_v2)     \
  X(cuCtxPushCurrent_v2)              \
  X(cuCtxPopCurrent_v2)               \
  X(cuCtxSynchronize)                 \
  X(cuModuleLoadData)                 \
  X(cuModuleUnload)                   \
  X(cuModuleGetFunction)              \
  X(cuMemAlloc_v2)                    \
  X(cuMemFree_v2)                     \
  X(cuLaunchKernel)

struct driver_api {
// NOLINTNEXTLINE(bugprone-macro-parentheses): a declared name cannot be in parentheses
#define FLOPWATCH_DRIVER_MEMBER(name) decltype(&::name) name = nullptr;
  FLOPWATCH_DRIVER_FUNCTIONS(FLOPWATCH_DRIVER_MEMBER)
#undef FLOPWATCH_DRIVER_MEMBER
};

/// The driver of this process; initialises it. Thread-safe, constant result.
/// \throws device_error without a usable driver
[[nodiscard]] driver_api const& opened_driver();

/// Makes a context current on this thread while it lives.
class current_context {
 public:
  /// \throws cupti_error when the driver refuses
  current_context(driver_api const& driver, CUcontext context);
  ~current_context();
  current_context(current_context const&) = delete;
  current_context& operator=(current_context const&) = delete;

 private:
  driver_api const* driver_;
};

/// The primary context of a device, kept alive: the one that PyTorch and the CUDA runtime work in.
class primary_context {
 public:
  /// \throws cupti_error when the driver refuses
  primary_context(driver_api const& driver, int device);
  ~primary_context();
  primary_context(primary_context const&) = delete;
  primary_context& operator=(primary_context const&) = delete;
  [[nodiscard]] CUcontext get() const noexcept { return context_; }

 private:
  driver_api const* driver_;
  CUdevice device_ = 0;
  CUcontext context_ = nullptr;
  fork_guard process_;
};

}  // namespace flopwatch::cupti
