// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <ATen/core/Tensor.h>
#include <ATen/core/ivalue.h>

#include "rules/operator/encoding.hpp"

namespace flopwatch::torch_layer {

/// Appends one operator argument. Reads metadata alone: never dispatches, never touches data.
void encode(c10::IValue const& value, args_encoder& out);
void encode(at::Tensor const& tensor, args_encoder& out);

/// "2.11.0"
[[nodiscard]] std::string framework_version();

}  // namespace flopwatch::torch_layer
