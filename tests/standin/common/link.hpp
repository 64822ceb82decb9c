// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

#include <cuda.h>

#include "control_state.hpp"

/// \file
/// Between the two libraries. CUPTI finds the driver by dlopen, as the real one does, and hands it its hooks.

namespace standin {

/// What CUPTI has to know of a context. Never deleted, so that a dead one is recognised.
struct context_info {
  std::atomic<bool> alive{true};
  std::uint32_t uid = 0;
  int device = 0;                        ///< among the visible ones
  std::atomic<void*> profiler{nullptr};  ///< CUPTI's range object that is enabled on it
};

/// One API call that may have callbacks.
struct api_call {
  std::uint32_t cbid = 0;
  char const* function = "";
  void const* params = nullptr;
  char const* symbol = nullptr;
  CUcontext context = nullptr;
  std::uint32_t context_uid = 0;
  std::uint64_t correlation_data = 0;
  std::uint32_t correlation_id = 0;
  CUresult result = CUDA_SUCCESS;
};

/// One kernel that runs now.
struct kernel_run {
  context_info* context = nullptr;
  kernel_definition* kernel = nullptr;
  launch_facts launch;
  bool from_graph = false;
  CUstream stream = nullptr;
};

/// From the driver to CUPTI. No lock of the driver is held in any of them.
struct cupti_hooks {
  bool (*wants)(std::uint32_t cbid);
  void (*api)(api_call& call, int site);  ///< 0 ENTER, 1 EXIT
  /// How many passes the kernel has to run; 1 where nothing is replayed.
  unsigned (*passes)(context_info& context);
  void (*kernel)(kernel_run const& run);
  /// Has waited for the stream, or with `all` for every stream of the context.
  void (*waited)(context_info& context, CUstream stream, bool all);
  void (*resource)(std::uint32_t cbid, CUcontext context, CUstream stream, void* descriptor);
  void (*context_gone)(context_info& context);
  void (*reset)();
};

/// From CUPTI to the driver.
struct driver_link {
  control* state;
  void (*attach)(cupti_hooks const* hooks);
  bool (*initialised)();
  CUcontext (*current)();                    ///< of this thread
  context_info* (*info)(CUcontext context);  ///< null for what is no context
  int (*device_count)();                     ///< visible ones
  standin_device (*device)(int ordinal);     ///< in range
  bool (*break_captures)();                  ///< all that are open; false where there is none
};

}  // namespace standin

/// The one symbol that CUPTI's side looks for in libcuda.so.1; a real driver has no such thing.
extern "C" standin::driver_link const* standin_driver_link(void);
