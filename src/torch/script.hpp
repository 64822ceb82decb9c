// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/record_function.h>

#include "recording/thread_record.hpp"

/// \file
/// What TorchScript's interpreter runs: operators of its own, which the dispatcher does not see, and the
/// modules whose operators run, which no hook sees. A program without TorchScript pays one look at a number
/// of its thread.

namespace flopwatch::torch_layer {

/// Functions that the interpreter runs on this thread now.
extern constinit thread_local int open_script_functions;
[[nodiscard]] inline bool inside_script() noexcept { return open_script_functions != 0; }

/// An operator call begins inside a function of TorchScript: opens and closes scopes until the innermost one
/// is that of the module whose operator it is. Not under a `record_access`. Never throws.
void follow_script(at::RecordFunction const& fn, detail::thread_record& record) noexcept;

/// Sees the functions that the interpreter runs, on all threads, and counts their own operators from the
/// graph that runs, when they end.
class script_observer {
 public:
  void attach();
  void detach() noexcept;

 private:
  at::CallbackHandle handle_ = at::INVALID_CALLBACK_HANDLE;
};

/// The program's modules open scopes when they are called, script modules too (in Python), so that of a
/// function's own module is open already. From any thread.
void script_modules_are_hooked() noexcept;

}  // namespace flopwatch::torch_layer
