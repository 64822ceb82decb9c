// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <cupti_callbacks.h>

#include "driver/driver.hpp"
#include "driver/images.hpp"
#include "driver/modules.hpp"

/// \file
/// Libraries and kernels, which belong to no context. A context gets a module of a library when it first
/// launches one of its kernels [inference].

namespace standin {

void announce_library(CUlib_st& library, CUcontext context) {
  if (library.last_context.load(std::memory_order_relaxed) == context) return;
  std::uint32_t id = 0;
  {
    std::lock_guard const lock(library.mutex);
    library.last_context = context;
    auto& known = library.modules[context];
    if (known != 0) return;
    id = known = next_module_id();
  }
  tell_of_module(CUPTI_CBID_RESOURCE_MODULE_LOADED, context, id, library.image);
}

}  // namespace standin

using namespace standin;

extern "C" {

CUresult cuLibraryLoadData(CUlibrary* out, void const* code, CUjit_option*, void**, unsigned,
                           CUlibraryOption*, void**, unsigned) {
  STANDIN_ENTER();
  if (out == nullptr || code == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *out = keep(std::make_unique<CUlib_st>());
  (*out)->image = bytes_of_image(code);
  return CUDA_SUCCESS;
}

CUresult cuLibraryUnload(CUlibrary library) {
  STANDIN_ENTER();
  if (library == nullptr || library->unloaded) return CUDA_ERROR_INVALID_HANDLE;
  std::map<CUcontext, std::uint32_t> modules;
  {
    std::lock_guard const lock(library->mutex);
    modules = library->modules;
  }
  for (auto const& [context, id] : modules) {
    tell_of_module(CUPTI_CBID_RESOURCE_MODULE_UNLOAD_STARTING, context, id, library->image);
  }
  library->unloaded = true;
  return CUDA_SUCCESS;
}

CUresult cuLibraryGetKernel(CUkernel* out, CUlibrary library, char const* name) {
  STANDIN_ENTER();
  if (out == nullptr || name == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (library == nullptr || library->unloaded) return CUDA_ERROR_INVALID_HANDLE;
  if (!has_kernel(name)) return CUDA_ERROR_NOT_FOUND;
  std::lock_guard const lock(library->mutex);
  auto& slot = library->kernels[name];
  if (slot == nullptr) {
    slot = std::make_unique<CUkern_st>();
    slot->is_kernel = true;
    slot->definition = state().kernel_in(library->image, name);
    slot->library = library;
  }
  *out = slot.get();
  return CUDA_SUCCESS;
}

CUresult cuKernelGetName(char const** name, CUkernel kernel) {
  STANDIN_ENTER();
  if (name == nullptr) return CUDA_ERROR_INVALID_VALUE;
  // A CUfunction is no CUkernel, though a launching call takes both (cuda.h).
  if (kernel == nullptr || !static_cast<kernel_handle*>(kernel)->is_kernel) return CUDA_ERROR_INVALID_HANDLE;
  *name = kernel->definition->name.c_str();
  return CUDA_SUCCESS;
}

}  // extern "C"
