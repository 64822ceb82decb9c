// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "driver/driver.hpp"

#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>

#include <cupti_callbacks.h>

namespace standin {
namespace {

std::atomic<cupti_hooks const*> attached{nullptr};
std::atomic<bool> ready{false};
std::recursive_mutex init_mutex;
std::mutex devices_mutex;
std::vector<standin_device>& seen() {
  static auto& devices = *new std::vector<standin_device>;
  return devices;
}
thread_local int callbacks_open = 0;

/// As the real driver does while it is initialised; the tool is never closed.
void load_injection() {
  char const* const path = std::getenv("CUDA_INJECTION64_PATH");
  static bool loaded = false;
  if (path == nullptr || *path == '\0' || loaded) return;
  loaded = true;
  void* const tool = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (tool == nullptr) {
    std::fprintf(stderr, "stand-in driver: CUDA_INJECTION64_PATH: %s\n", dlerror());
    return;
  }
  auto* const initialize = reinterpret_cast<int (*)()>(dlsym(tool, "InitializeInjection"));
  if (initialize != nullptr) initialize();
}

}  // namespace

control& state() {
  static auto& one = *new control;
  return one;
}

cupti_hooks const* hooks() { return attached.load(std::memory_order_acquire); }
void attach(cupti_hooks const* hooks) { attached.store(hooks, std::memory_order_release); }

bool initialised() { return ready.load(std::memory_order_acquire); }

int device_count() {
  std::lock_guard const lock(devices_mutex);
  return static_cast<int>(seen().size());
}

standin_device device(int ordinal) {
  std::lock_guard const lock(devices_mutex);
  return seen().at(static_cast<std::size_t>(ordinal));
}

void forget_devices() {
  ready = false;
  std::lock_guard const lock(devices_mutex);
  seen().clear();
}

callback_mark::callback_mark() { ++callbacks_open; }
callback_mark::~callback_mark() { --callbacks_open; }
bool callback_mark::inside() { return callbacks_open > 0; }

CUresult enter(char const* function, entry kind, bool launching) {
  // Rule 30: "no CUDA calls except the synchronise ones" inside API callbacks (CUPTI's documentation).
  if (kind != entry::synchronise && callback_mark::inside()) {
    state().log(30, function, "a CUDA call inside a callback of an API call");
  }
  if (!launching) {
    if (int const code = state().faults.next(function)) return static_cast<CUresult>(code);
  }
  return kind == entry::before_init || initialised() ? CUDA_SUCCESS : CUDA_ERROR_NOT_INITIALIZED;
}

void tell_waited(CUcontext context, CUstream stream, bool all) {
  auto const* const cupti = hooks();
  if (cupti != nullptr && context != nullptr) cupti->waited(*context, stream, all);
}

void announce(std::uint32_t cbid, CUcontext context, CUstream stream, void* descriptor) {
  if (auto const* const cupti = hooks()) cupti->resource(cbid, context, stream, descriptor);
}

}  // namespace standin

using namespace standin;

extern "C" CUresult cuInit(unsigned flags) {
  STANDIN_ENTER(entry::before_init);
  if (flags != 0) return CUDA_ERROR_INVALID_VALUE;
  if (!state().driver) return CUDA_ERROR_NO_DEVICE;
  std::lock_guard const lock(init_mutex);
  if (initialised()) return CUDA_SUCCESS;
  auto devices = visible_devices(state().devices());
  if (devices.empty()) return CUDA_ERROR_NO_DEVICE;
  load_injection();
  {
    std::lock_guard const guard(devices_mutex);
    seen() = std::move(devices);
  }
  ready.store(true, std::memory_order_release);
  announce(CUPTI_CBID_RESOURCE_CU_INIT_FINISHED, nullptr);
  return CUDA_SUCCESS;
}

extern "C" CUresult cuDriverGetVersion(int* version) {
  STANDIN_ENTER(entry::before_init);
  if (version == nullptr) return CUDA_ERROR_INVALID_VALUE;
  // 12.6.80 -> 12060, 13.1 -> 13010.
  int const emulated = state().version;
  *version = emulated / 10000 * 1000 + emulated / 100 % 100 * 10;
  return CUDA_SUCCESS;
}
