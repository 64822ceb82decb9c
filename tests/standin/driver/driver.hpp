// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "driver/handles.hpp"

/// \file
/// The driver's own state, and how its functions begin.

namespace standin {

/// The one control object of the process.
[[nodiscard]] control& state();

/// CUPTI's side, or null while no CUPTI is attached.
[[nodiscard]] cupti_hooks const* hooks();
/// The program has waited for the stream, or with `all` for the whole context.
void tell_waited(CUcontext context, CUstream stream, bool all);
void attach(cupti_hooks const* hooks);

[[nodiscard]] bool initialised();
/// The devices that CUDA_VISIBLE_DEVICES leaves; fixed by cuInit.
[[nodiscard]] std::vector<standin_device> visible_devices(std::vector<standin_device> const& all);
[[nodiscard]] int device_count();
[[nodiscard]] standin_device device(int ordinal);
void forget_devices();

/// The context current to this thread, or null.
[[nodiscard]] CUcontext current();
[[nodiscard]] context_info* info(CUcontext context);
[[nodiscard]] bool alive(CUcontext context);
void push_current(CUcontext context);
CUcontext pop_current();
void set_current(CUcontext context);
void forget_contexts();

/// Counts the API callbacks that this thread is in, for rule 30.
class callback_mark {
 public:
  callback_mark();
  ~callback_mark();
  callback_mark(callback_mark const&) = delete;
  callback_mark& operator=(callback_mark const&) = delete;
  static bool inside();
};

enum class entry { normal, before_init, synchronise };

/// What every driver function does first: faults, rule 30, cuInit. Answers the code to return, 0 to go on.
/// \param launching faults are left to the launch itself, which has callbacks around them
[[nodiscard]] CUresult enter(char const* function, entry kind = entry::normal, bool launching = false);

/// Tells CUPTI's subscriber of a context, a stream or a module.
void announce(std::uint32_t cbid, CUcontext context, CUstream stream = nullptr, void* descriptor = nullptr);

}  // namespace standin

#define STANDIN_ENTER(...)                                                                                   \
  if (CUresult const refused = standin::enter(__func__ __VA_OPT__(, ) __VA_ARGS__); refused != CUDA_SUCCESS) \
  return refused
