// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include <ATen/record_function.h>

namespace flopwatch::torch_layer {

/// For a range of scope USER_SCOPE that begins: opens the scope of an optimizer's step, which every optimizer
/// of torch.optim announces by such a range ("Optimizer.step#SGD.step"), with a profiler or without. Null for
/// any other range; that of a step of torch.profiler is noted. Not while a record is accessed.
[[nodiscard]] std::unique_ptr<at::ObserverContext> enter_user_range(at::RecordFunction const& fn) noexcept;
/// When it ends, with what `enter_user_range` gave.
void leave_user_range(at::ObserverContext* context) noexcept;

}  // namespace flopwatch::torch_layer
