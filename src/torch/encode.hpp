// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>
#include <c10/core/DispatchKeySet.h>

#include "rules/operator/encoding.hpp"

namespace flopwatch::torch_layer {

/// Appends one operator argument, and adds the dispatch keys of its tensors to `keys`. Reads metadata alone:
/// never dispatches, never touches data.
void encode(c10::IValue const& value, args_encoder& out, c10::DispatchKeySet& keys);
void encode(at::Tensor const& tensor, args_encoder& out, c10::DispatchKeySet& keys);

/// An argument of another kind. Objects of the framework's own classes that hold packed weights are unpacked,
/// once each, which copies the weights; nobody observes it. All others are opaque. Any thread.
void encode_packed(c10::IValue const& value, args_encoder& out);
/// Forgets what was unpacked. Objects that have died since then are freed here at the latest.
void forget_packed() noexcept;

/// "2.11.0"
[[nodiscard]] std::string framework_version();

}  // namespace flopwatch::torch_layer
