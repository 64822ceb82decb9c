// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <cstring>

#include "driver/captures.hpp"
#include "driver/driver.hpp"

/// \file
/// Device memory, which is host memory here.

using namespace standin;

namespace {

// NOLINTNEXTLINE(performance-no-int-to-ptr): CUdeviceptr is a number
void* host(CUdeviceptr address) { return reinterpret_cast<void*>(address); }

CUresult copy(void* to, void const* from, size_t bytes) {
  if (!alive(current())) return CUDA_ERROR_INVALID_CONTEXT;
  if (bytes > 0 && (to == nullptr || from == nullptr)) return CUDA_ERROR_INVALID_VALUE;
  if (bytes > 0) std::memmove(to, from, bytes);
  return CUDA_SUCCESS;
}

CUresult allocate(void** out, size_t bytes) {
  if (out == nullptr || bytes == 0) return CUDA_ERROR_INVALID_VALUE;
  if (!alive(current())) return CUDA_ERROR_INVALID_CONTEXT;
  if (CUresult const bad = check_unsafe()) return bad;
  *out = std::calloc(1, bytes);
  return *out == nullptr ? CUDA_ERROR_OUT_OF_MEMORY : CUDA_SUCCESS;
}

}  // namespace

extern "C" {

CUresult cuMemAlloc_v2(CUdeviceptr* out, size_t bytes) {
  STANDIN_ENTER();
  void* memory = nullptr;
  if (out == nullptr) return CUDA_ERROR_INVALID_VALUE;
  CUresult const result = allocate(&memory, bytes);
  *out = reinterpret_cast<CUdeviceptr>(memory);
  return result;
}

CUresult cuMemFree_v2(CUdeviceptr address) {
  STANDIN_ENTER();
  if (CUresult const bad = check_unsafe()) return bad;
  std::free(host(address));
  return CUDA_SUCCESS;
}

CUresult cuMemAllocHost_v2(void** out, size_t bytes) {
  STANDIN_ENTER();
  return allocate(out, bytes);
}

CUresult cuMemFreeHost(void* memory) {
  STANDIN_ENTER();
  std::free(memory);
  return CUDA_SUCCESS;
}

CUresult cuMemGetInfo_v2(size_t* available, size_t* total) {
  STANDIN_ENTER();
  if (available == nullptr || total == nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (!alive(current())) return CUDA_ERROR_INVALID_CONTEXT;
  *available = *total = device(current()->device).memory_bytes;
  return CUDA_SUCCESS;
}

#define STANDIN_COPIES(ptds, ptsz)                                                                \
  CUresult cuMemcpyHtoD_v2##ptds(CUdeviceptr to, void const* from, size_t bytes) {                \
    STANDIN_ENTER();                                                                              \
    return copy(host(to), from, bytes);                                                           \
  }                                                                                               \
  CUresult cuMemcpyDtoH_v2##ptds(void* to, CUdeviceptr from, size_t bytes) {                      \
    STANDIN_ENTER();                                                                              \
    return copy(to, host(from), bytes);                                                           \
  }                                                                                               \
  CUresult cuMemcpyDtoD_v2##ptds(CUdeviceptr to, CUdeviceptr from, size_t bytes) {                \
    STANDIN_ENTER();                                                                              \
    return copy(host(to), host(from), bytes);                                                     \
  }                                                                                               \
  CUresult cuMemcpyHtoDAsync_v2##ptsz(CUdeviceptr to, void const* from, size_t bytes, CUstream) { \
    STANDIN_ENTER();                                                                              \
    return copy(host(to), from, bytes);                                                           \
  }                                                                                               \
  CUresult cuMemcpyDtoHAsync_v2##ptsz(void* to, CUdeviceptr from, size_t bytes, CUstream) {       \
    STANDIN_ENTER();                                                                              \
    return copy(to, host(from), bytes);                                                           \
  }                                                                                               \
  CUresult cuMemcpyDtoDAsync_v2##ptsz(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream) { \
    STANDIN_ENTER();                                                                              \
    return copy(host(to), host(from), bytes);                                                     \
  }                                                                                               \
  CUresult cuMemsetD8_v2##ptds(CUdeviceptr to, unsigned char value, size_t bytes) {               \
    STANDIN_ENTER();                                                                              \
    if (!alive(current())) return CUDA_ERROR_INVALID_CONTEXT;                                     \
    if (bytes > 0) std::memset(host(to), value, bytes);                                           \
    return CUDA_SUCCESS;                                                                          \
  }
STANDIN_COPIES(, )
STANDIN_COPIES(_ptds, _ptsz)

}  // extern "C"
