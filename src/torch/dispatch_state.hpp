// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/ivalue.h>
#include <c10/core/DispatchKeySet.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

/// \file
/// What stands between an operator call on this thread and its kernel. A call that something else takes apart
/// or answers is opened: the calls that this makes on ordinary tensors count. All functions are of the
/// calling thread, and read state alone.

namespace flopwatch::torch_layer {

/// A transform of torch.func (vmap, grad, jvp, ...) interprets each call: at last it makes one on the real
/// tensors.
[[nodiscard]] inline bool is_transformed(c10::impl::LocalDispatchKeySet const& local) noexcept {
  constexpr c10::DispatchKeySet layers(
      {c10::DispatchKey::FuncTorchDynamicLayerFrontMode, c10::DispatchKey::FuncTorchDynamicLayerBackMode});
  return local.included_.has_any(layers);
}

/// A dispatch mode answers each call, by Python code that may call the operator again.
[[nodiscard]] inline bool is_in_python_mode(c10::impl::LocalDispatchKeySet const& local) noexcept {
  return local.included_.has(c10::DispatchKey::Python) && !local.excluded_.has(c10::DispatchKey::Python);
}

/// `keys` are those of the arguments: one is a subclass whose `__torch_dispatch__` answers the call.
[[nodiscard]] inline bool has_python_tensor(c10::DispatchKeySet keys,
                                            c10::impl::LocalDispatchKeySet const& local) noexcept {
  return keys.has(c10::DispatchKey::Python) && !local.excluded_.has(c10::DispatchKey::Python);
}

/// `keys` are those of the arguments: one stands for other tensors, whose operators are called in its place.
[[nodiscard]] inline bool has_wrapper(c10::DispatchKeySet keys) noexcept {
  constexpr c10::DispatchKeySet wrappers(
      {c10::DispatchKey::FuncTorchBatched, c10::DispatchKey::FuncTorchGradWrapper, c10::DispatchKey::Batched,
       c10::DispatchKey::BatchedNestedTensor, c10::DispatchKey::Functionalize});
  return keys.has_any(wrappers);
}

/// Inside the kernel of an operator whose autograd code was passed already.
[[nodiscard]] inline bool is_below_autograd(c10::impl::LocalDispatchKeySet const& local) noexcept {
  return local.excluded_.has(c10::DispatchKey::AutogradFunctionality);
}

/// Autograd code stands around the kernel of a call with arguments of these keys.
[[nodiscard]] inline bool passes_autograd(c10::DispatchKeySet keys,
                                          c10::impl::LocalDispatchKeySet const& local) noexcept {
  return keys.has_any(c10::autograd_dispatch_keyset) && !is_below_autograd(local);
}

/// Hooks on saved tensors are on: they run inside operator calls, before or after the kernel.
[[nodiscard]] bool has_saved_tensor_hooks();

/// An argument is a tensor that is known to be zero and has no memory.
[[nodiscard]] bool has_zero(c10::ArrayRef<c10::IValue const> arguments);

/// An argument has a tangent of forward-mode differentiation, whose products run inside the call.
[[nodiscard]] bool has_tangent(c10::ArrayRef<c10::IValue const> arguments);

/// Autocast is on for the device of the first tensor, and not at work on this call already.
[[nodiscard]] bool will_cast(c10::ArrayRef<c10::IValue const> arguments);

/// A compiler traces the program on this thread with tensors that have no values.
[[nodiscard]] bool in_fake_mode();

}  // namespace flopwatch::torch_layer
