// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cupti/driver_api.hpp"

#include <dlfcn.h>
#include <string>

#include "cupti/driver.hpp"
#include "flopwatch/error.hpp"

namespace flopwatch::cupti {
namespace {

driver_api open_driver() {
  auto const& status = detail::cuda_driver();
  if (!status.usable) throw device_error("No GPU can be used: " + status.reason + ".");
  driver_api driver;
  void* const library = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
#define FLOPWATCH_DRIVER_LOAD(name)                                                                        \
  driver.name = library == nullptr ? nullptr : reinterpret_cast<decltype(&::name)>(dlsym(library, #name)); \
  if (driver.name == nullptr)                                                                              \
    throw device_error("The NVIDIA driver lacks " #name ": it is too old; install a newer driver.");
  FLOPWATCH_DRIVER_FUNCTIONS(FLOPWATCH_DRIVER_LOAD)
#undef FLOPWATCH_DRIVER_LOAD
  return driver;
}

void check_driver(CUresult code, char const* function) {
  if (code == CUDA_SUCCESS) return;
  throw cupti_error(std::string("The driver refused ") + function + " (code " + std::to_string(code) +
                        "); see whether other CUDA programs run on this GPU.",
                    exit_code::no_device);
}

}  // namespace

driver_api const& opened_driver() {
  static driver_api const driver = open_driver();
  return driver;
}

current_context::current_context(driver_api const& driver, CUcontext context) : driver_(&driver) {
  check_driver(driver.cuCtxPushCurrent_v2(context), "cuCtxPushCurrent");
}

current_context::~current_context() {
  CUcontext popped = nullptr;
  static_cast<void>(driver_->cuCtxPopCurrent_v2(&popped));
}

primary_context::primary_context(driver_api const& driver, int device) : driver_(&driver) {
  check_driver(driver.cuDeviceGet(&device_, device), "cuDeviceGet");
  check_driver(driver.cuDevicePrimaryCtxRetain(&context_, device_), "cuDevicePrimaryCtxRetain");
}

primary_context::~primary_context() {
  if (process_.is_this()) static_cast<void>(driver_->cuDevicePrimaryCtxRelease_v2(device_));
}

}  // namespace flopwatch::cupti
