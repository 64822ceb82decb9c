// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "target/check.hpp"

#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>

#include "target/hooks.hpp"
#include "target/profile.hpp"

namespace standin {
namespace {

std::atomic<driver_link const*> found{nullptr};

control& own_state() {
  static auto& one = *[] {
    auto* const fresh = new control;
    if (*library_profile != '\0') fresh->suggest_profile(library_profile);
    return fresh;
  }();
  return one;
}

}  // namespace

driver_link const* driver() { return found.load(std::memory_order_acquire); }

driver_link const* find_driver(bool load) {
  if (auto const* const known = driver()) return known;
  static std::mutex mutex;
  std::lock_guard const lock(mutex);
  if (auto const* const known = driver()) return known;
  // Never closed again: a process has one driver.
  void* const library = dlopen("libcuda.so.1", load ? RTLD_NOW : RTLD_NOW | RTLD_NOLOAD);
  if (library == nullptr) return nullptr;
  auto* const link = reinterpret_cast<decltype(&standin_driver_link)>(dlsym(library, "standin_driver_link"));
  if (link == nullptr) return nullptr;  // NVIDIA's own: the stand-in has no business with it
  auto const* const known = link();
  if (*library_profile != '\0') known->state->suggest_profile(library_profile);
  found.store(known, std::memory_order_release);
  known->attach(&cupti_side());
  return known;
}

control& state() {
  auto const* const known = driver();
  return known == nullptr ? own_state() : *known->state;
}

CUptiResult no_driver_code() {
  return state().version < 130000 ? CUPTI_ERROR_NOT_INITIALIZED : CUPTI_ERROR_UNKNOWN;
}

bool has_driver() { return find_driver(true) != nullptr && state().driver; }

CUptiResult refuse(int rule, char const* function, int code, std::string const& text) {
  state().log(rule, function, text);
  return static_cast<CUptiResult>(code);
}

CUptiResult crash(int rule, char const* function, int code, std::string const& text) {
  state().log(rule, function, text);
  if (!state().deadly) return static_cast<CUptiResult>(code);
  std::fprintf(stderr, "stand-in CUPTI: rule %d: %s: %s (the real library crashes here)\n", rule, function,
               text.c_str());
  std::abort();
}

void disturb_captures(char const* function, char const* what) {
  auto const* const known = driver();
  if (known != nullptr && known->break_captures()) {
    state().log(35, function, std::string(what) + " while a stream is captured");
  }
}

CUptiResult begin(char const* function) {
  if (driver() == nullptr) find_driver(false);
  auto& chosen = state();
  chosen.act(function);
  if (int const code = chosen.faults.next(function)) return static_cast<CUptiResult>(code);
  if (chosen.version >= 130200 && (driver() == nullptr || !chosen.driver)) return CUPTI_ERROR_UNKNOWN;
  return CUPTI_SUCCESS;
}

CUptiResult check_struct(char const* function, void const* params, std::size_t size, std::size_t old_size,
                         std::size_t new_size, int new_since) {
  if (params == nullptr) return refuse(1, function, 1, "pParams is NULL");
  bool const has_new = state().version >= new_since;
  bool const fits =
      (size == new_size && has_new) || (size == old_size && !(has_new && state().new_sizes_alone));
  if (!fits) {
    return refuse(1, function, 1,
                  "structSize is " + std::to_string(size) + ", this version has " + std::to_string(old_size));
  }
  // Every struct has size_t structSize, then void* pPriv "Set to NULL" (cupti_range_profiler.h).
  if (static_cast<void* const*>(params)[1] != nullptr) return refuse(2, function, 1, "pPriv is not NULL");
  return CUPTI_SUCCESS;
}

}  // namespace standin
