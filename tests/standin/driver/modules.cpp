// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "driver/modules.hpp"

#include <cstdlib>
#include <cstring>

#include <cupti_callbacks.h>

#include "driver/driver.hpp"

/// \file
/// Modules, libraries, functions and kernels. A module's image is any text, and every name is in it, except
/// names that begin with "no_such".

namespace standin {
namespace {

bool lazy() {
  char const* const mode = std::getenv("CUDA_MODULE_LOADING");
  return mode == nullptr || std::strcmp(mode, "EAGER") != 0;
}

bool has(char const* name) { return std::strncmp(name, "no_such", 7) != 0; }

template <class Handle>
Handle* find_or_make(std::map<std::string, std::unique_ptr<Handle>>& all, char const* name, bool is_kernel) {
  auto& slot = all[name];
  if (slot == nullptr) {
    slot = std::make_unique<Handle>();
    slot->is_kernel = is_kernel;
    slot->name = name;
    slot->definition = state().kernel(name);
  }
  return slot.get();
}

void tell(CUmod_st& module, std::uint32_t cbid) {
  CUpti_ModuleResourceData data{module.id, module.image.size(), module.image.c_str()};
  announce(cbid, module.context, nullptr, &data);
}

CUresult load(CUmodule* out, void const* image) {
  if (out == nullptr || image == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (!alive(current())) return CUDA_ERROR_INVALID_CONTEXT;
  static std::atomic<std::uint32_t> last_id{0};
  *out = keep(std::make_unique<CUmod_st>());
  (*out)->context = current();
  (*out)->id = ++last_id;
  (*out)->image = static_cast<char const*>(image);
  if (!lazy()) announce_module(**out);
  return CUDA_SUCCESS;
}

}  // namespace

void announce_module(CUmod_st& module) {
  if (module.announced.load(std::memory_order_relaxed) || module.announced.exchange(true)) return;
  tell(module, CUPTI_CBID_RESOURCE_MODULE_LOADED);
}

}  // namespace standin

using namespace standin;

extern "C" {

CUresult cuModuleLoadData(CUmodule* out, void const* image) {
  STANDIN_ENTER();
  return load(out, image);
}

CUresult cuModuleLoadDataEx(CUmodule* out, void const* image, unsigned, CUjit_option*, void**) {
  STANDIN_ENTER();
  return load(out, image);
}

CUresult cuModuleUnload(CUmodule module) {
  STANDIN_ENTER();
  if (module == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (module->announced) tell(*module, CUPTI_CBID_RESOURCE_MODULE_UNLOAD_STARTING);
  return CUDA_SUCCESS;
}

CUresult cuModuleGetLoadingMode(CUmoduleLoadingMode* mode) {
  STANDIN_ENTER();
  if (mode == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *mode = lazy() ? CU_MODULE_LAZY_LOADING : CU_MODULE_EAGER_LOADING;
  return CUDA_SUCCESS;
}

CUresult cuModuleGetFunction(CUfunction* out, CUmodule module, char const* name) {
  STANDIN_ENTER();
  if (out == nullptr || name == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (module == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (!has(name)) return CUDA_ERROR_NOT_FOUND;
  std::lock_guard const lock(module->mutex);
  *out = find_or_make(module->functions, name, false);
  // Once: others may be launching it already.
  if ((*out)->module == nullptr) (*out)->module = module;
  return CUDA_SUCCESS;
}

CUresult cuLibraryLoadData(CUlibrary* out, void const* code, CUjit_option*, void**, unsigned,
                           CUlibraryOption*, void**, unsigned) {
  STANDIN_ENTER();
  if (out == nullptr || code == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *out = keep(std::make_unique<CUlib_st>());
  (*out)->image = static_cast<char const*>(code);
  return CUDA_SUCCESS;
}

CUresult cuLibraryUnload(CUlibrary library) {
  STANDIN_ENTER();
  return library == nullptr ? CUDA_ERROR_INVALID_HANDLE : CUDA_SUCCESS;
}

CUresult cuLibraryGetKernel(CUkernel* out, CUlibrary library, char const* name) {
  STANDIN_ENTER();
  if (out == nullptr || name == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (library == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (!has(name)) return CUDA_ERROR_NOT_FOUND;
  std::lock_guard const lock(library->mutex);
  *out = find_or_make(library->kernels, name, true);
  (*out)->library = library;
  return CUDA_SUCCESS;
}

CUresult cuKernelGetName(char const** name, CUkernel kernel) {
  STANDIN_ENTER();
  if (name == nullptr) return CUDA_ERROR_INVALID_VALUE;
  // A CUfunction is no CUkernel, though a launching call takes both (cuda.h).
  if (kernel == nullptr || !static_cast<kernel_handle*>(kernel)->is_kernel) return CUDA_ERROR_INVALID_HANDLE;
  *name = kernel->name.c_str();
  return CUDA_SUCCESS;
}

CUresult cuFuncGetName(char const** name, CUfunction function) {
  STANDIN_ENTER();
  if (name == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (function == nullptr || static_cast<kernel_handle*>(function)->is_kernel)
    return CUDA_ERROR_INVALID_HANDLE;
  *name = function->name.c_str();
  return CUDA_SUCCESS;
}

CUresult cuFuncGetModule(CUmodule* module, CUfunction function) {
  STANDIN_ENTER();
  if (module == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (function == nullptr || function->is_kernel) return CUDA_ERROR_INVALID_HANDLE;
  *module = function->module;
  return CUDA_SUCCESS;
}

CUresult cuFuncGetAttribute(int* value, CUfunction_attribute attribute, CUfunction function) {
  STANDIN_ENTER();
  if (value == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (function == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  *value = attribute == CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK ? 1024 : 0;
  return CUDA_SUCCESS;
}

CUresult cuFuncSetBlockShape(CUfunction function, int x, int y, int z) {
  STANDIN_ENTER();
  if (function == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (x <= 0 || y <= 0 || z <= 0) return CUDA_ERROR_INVALID_VALUE;
  function->block_threads = static_cast<unsigned>(x) * static_cast<unsigned>(y) * static_cast<unsigned>(z);
  return CUDA_SUCCESS;
}

}  // extern "C"
