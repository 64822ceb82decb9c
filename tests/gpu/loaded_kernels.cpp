// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "gpu/loaded_kernels.hpp"

#include <stdexcept>

namespace known_counts {

void must(CUresult code, char const* what) {
  if (code == CUDA_SUCCESS) return;
  throw std::runtime_error(std::string(what) + " answers " + std::to_string(static_cast<int>(code)));
}

std::string architecture_of(int device, table const& t) {
  CUdevice handle = 0;
  must(cuDeviceGet(&handle, device), "cuDeviceGet");
  int major = 0;
  int minor = 0;
  must(cuDeviceGetAttribute(&major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, handle),
       "cuDeviceGetAttribute");
  must(cuDeviceGetAttribute(&minor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, handle),
       "cuDeviceGetAttribute");
  auto found = architecture_for(major, minor, t.architectures);
  if (found.empty()) {
    throw std::runtime_error("there are no kernels for compute capability " + std::to_string(major) + "." +
                             std::to_string(minor));
  }
  return found;
}

loaded::loaded(int device, std::string const& cubin, std::size_t bytes) {
  must(cuDeviceGet(&device_, device), "cuDeviceGet");
  must(cuDevicePrimaryCtxRetain(&context_, device_), "cuDevicePrimaryCtxRetain");
  must(cuCtxSetCurrent(context_), "cuCtxSetCurrent");
  must(cuModuleLoadData(&module_, cubin.data()), "cuModuleLoadData");
  must(cuMemAlloc(&memory_, bytes), "cuMemAlloc");
  must(cuMemsetD8(memory_, 0, bytes), "cuMemsetD8");
}

loaded::~loaded() {
  cuCtxSetCurrent(context_);
  cuMemFree(memory_);
  cuModuleUnload(module_);
  cuDevicePrimaryCtxRelease(device_);
}

void loaded::start(char const* kernel, table const& t, CUstream stream) {
  must(cuCtxSetCurrent(context_), "cuCtxSetCurrent");
  auto* const wanted = function(kernel);
  int trips = t.trips;
  void* arguments[] = {&memory_, &trips};
  must(cuLaunchKernel(wanted, t.blocks, 1, 1, t.threads, 1, 1, 0, stream, arguments, nullptr), kernel);
}

void loaded::launch(char const* kernel, table const& t) {
  start(kernel, t, nullptr);
  must(cuCtxSynchronize(), kernel);
}

CUfunction loaded::function(char const* kernel) const {
  CUfunction found = nullptr;
  must(cuModuleGetFunction(&found, module_, kernel), kernel);
  return found;
}

}  // namespace known_counts
