// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>
#include <string>

#include "driver/driver.hpp"

/// \file
/// Error texts, and functions by name.

using namespace standin;

namespace {

struct error_text {
  CUresult code;
  char const* name;
  char const* text;
};
constexpr error_text errors[] = {
    {CUDA_SUCCESS, "CUDA_SUCCESS", "no error"},
    {CUDA_ERROR_INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {CUDA_ERROR_OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {CUDA_ERROR_NOT_INITIALIZED, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {CUDA_ERROR_NO_DEVICE, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {CUDA_ERROR_INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {CUDA_ERROR_INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {CUDA_ERROR_INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {CUDA_ERROR_NOT_FOUND, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {CUDA_ERROR_CONTEXT_IS_DESTROYED, "CUDA_ERROR_CONTEXT_IS_DESTROYED", "context is destroyed"},
    {CUDA_ERROR_LAUNCH_FAILED, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH",
     "system has unsupported display driver / cuda driver combination"},
    {CUDA_ERROR_UNKNOWN, "CUDA_ERROR_UNKNOWN", "unknown error"},
};

CUresult text_of(CUresult code, char const** out, char const* error_text::*member) {
  if (out == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *out = nullptr;
  for (auto const& error : errors) {
    if (error.code == code) *out = error.*member;
  }
  return *out == nullptr ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

/// This library, whatever else in the process exports the same names.
void* own_handle() {
  static void* const handle = [] {
    Dl_info here{};
    dladdr(reinterpret_cast<void*>(&text_of), &here);
    return dlopen(here.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
  }();
  return handle;
}

/// The newest form that a program built for `version` may get, as the real driver chooses it.
void* find(std::string const& symbol, int version, bool per_thread) {
  if (symbol == "cuGetProcAddress" && version < 12000) return dlsym(own_handle(), "cuGetProcAddress");
  if (symbol == "cuCtxCreate" && version < 13000) return dlsym(own_handle(), "cuCtxCreate_v2");
  for (char const* const form : {"_v4", "_v2", ""}) {
    if (per_thread) {
      for (char const* const suffix : {"_ptsz", "_ptds"}) {
        if (void* const found = dlsym(own_handle(), (symbol + form + suffix).c_str())) return found;
      }
    }
    if (void* const found = dlsym(own_handle(), (symbol + form).c_str())) return found;
  }
  return nullptr;
}

CUresult proc_address(char const* symbol, void** out, int version, cuuint64_t flags,
                      CUdriverProcAddressQueryResult* status) {
  if (symbol == nullptr || out == nullptr) return CUDA_ERROR_INVALID_VALUE;
  *out = std::string_view(symbol).starts_with("cu")
             ? find(symbol, version, (flags & CU_GET_PROC_ADDRESS_PER_THREAD_DEFAULT_STREAM) != 0)
             : nullptr;
  if (status != nullptr) {
    *status = *out == nullptr ? CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND : CU_GET_PROC_ADDRESS_SUCCESS;
  }
  return *out == nullptr && status == nullptr ? CUDA_ERROR_NOT_FOUND : CUDA_SUCCESS;
}

}  // namespace

extern "C" {

CUresult cuGetErrorName(CUresult code, char const** name) { return text_of(code, name, &error_text::name); }
CUresult cuGetErrorString(CUresult code, char const** text) { return text_of(code, text, &error_text::text); }

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name)
CUresult cuGetProcAddress(char const* symbol, void** out, int version, cuuint64_t flags) {
  STANDIN_ENTER(entry::before_init);
  return proc_address(symbol, out, version, flags, nullptr);
}

CUresult cuGetProcAddress_v2(char const* symbol, void** out, int version, cuuint64_t flags,
                             CUdriverProcAddressQueryResult* status) {
  STANDIN_ENTER(entry::before_init);
  return proc_address(symbol, out, version, flags, status);
}

/// The CUDA runtime asks for private tables here; without them it answers 500 to every call.
CUresult cuGetExportTable(void const** table, CUuuid const*) {
  if (table != nullptr) *table = nullptr;
  return CUDA_ERROR_NOT_FOUND;
}

}  // extern "C"
