// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "driver/modules.hpp"

#include <cstdlib>
#include <cstring>

#include <cupti_callbacks.h>

#include "driver/driver.hpp"
#include "driver/functions.hpp"
#include "driver/images.hpp"

/// \file
/// Modules and functions. A module's image is an ELF image or any text, and every name is in it, except names
/// that begin with "no_such".

namespace standin {
namespace {

bool lazy() {
  char const* const mode = std::getenv("CUDA_MODULE_LOADING");
  return mode == nullptr || std::strcmp(mode, "EAGER") != 0;
}

void tell(CUmod_st& module, std::uint32_t cbid) {
  tell_of_module(cbid, module.context, module.id, module.image);
}

CUresult load(CUmodule* out, void const* image) {
  if (out == nullptr || image == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (!alive(current())) return CUDA_ERROR_INVALID_CONTEXT;
  *out = keep(std::make_unique<CUmod_st>());
  (*out)->context = current();
  (*out)->id = next_module_id();
  (*out)->image = bytes_of_image(image);
  if (!lazy()) announce_module(**out);
  return CUDA_SUCCESS;
}

}  // namespace

bool has_kernel(char const* name) { return std::strncmp(name, "no_such", 7) != 0; }

std::uint32_t next_module_id() {
  static std::atomic<std::uint32_t> last{0};
  return ++last;
}

void tell_of_module(std::uint32_t cbid, CUcontext context, std::uint32_t id, std::string const& image) {
  // "valid only within the invocation of the callback function" (cupti_callbacks.h): a copy that is gone
  // then.
  std::string const copy = image;  // NOLINT(performance-unnecessary-copy-initialization)
  CUpti_ModuleResourceData data{id, copy.size(), copy.data()};
  announce(cbid, context, nullptr, &data);
}

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
  if (module == nullptr || module->unloaded) return CUDA_ERROR_INVALID_HANDLE;
  if (module->announced) tell(*module, CUPTI_CBID_RESOURCE_MODULE_UNLOAD_STARTING);
  module->unloaded = true;
  give_back_functions(*module);
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
  if (module == nullptr || module->unloaded) return CUDA_ERROR_INVALID_HANDLE;
  if (!has_kernel(name)) return CUDA_ERROR_NOT_FOUND;
  std::lock_guard const lock(module->mutex);
  auto& slot = module->functions[name];
  if (slot == nullptr) {
    slot = take_function();
    slot->definition = state().kernel_in(module->image, name);
  }
  *out = slot.get();
  // Once: others may be launching it already.
  if ((*out)->module == nullptr) (*out)->module = module;
  return CUDA_SUCCESS;
}

CUresult cuFuncGetName(char const** name, CUfunction function) {
  STANDIN_ENTER();
  if (name == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (function == nullptr || static_cast<kernel_handle*>(function)->is_kernel)
    return CUDA_ERROR_INVALID_HANDLE;
  *name = function->definition->name.c_str();
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
