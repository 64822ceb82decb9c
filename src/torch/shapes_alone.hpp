// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>
#include <ATen/record_function.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

namespace flopwatch::torch_layer {

/// A tensor without storage.
[[nodiscard]] at::Tensor shape_alone(c10::IntArrayRef sizes, c10::ScalarType dtype);

/// The value with tensors that stand for their shapes; nullopt for what has none.
[[nodiscard]] std::optional<c10::IValue> without_values(c10::IValue const& value);

/// Nothing that runs while one lives is seen by an observer, a mode or a transform of the program.
class apart {
  at::RecordFunctionGuard const no_records_{false};
  c10::impl::ExcludeDispatchKeyGuard const no_layers_{
      c10::DispatchKeySet({c10::DispatchKey::Python, c10::DispatchKey::PythonTLSSnapshot,
                           c10::DispatchKey::FuncTorchDynamicLayerFrontMode,
                           c10::DispatchKey::FuncTorchDynamicLayerBackMode, c10::DispatchKey::AutocastCPU,
                           c10::DispatchKey::AutocastCUDA}) |
      c10::autograd_dispatch_keyset};
};

}  // namespace flopwatch::torch_layer
