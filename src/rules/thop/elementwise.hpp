// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "flopwatch/module_rule.hpp"

/// \file
/// The rules of thop 0.1.1 for norms, activations, pooling and upsampling. They count single operations, not
/// MACs, although thop adds both into one total.
/// All throw `rule_error` for a call without the tensors that they read, `overflow_error` for a count beyond
/// 64 bits.

namespace flopwatch::thop {

/// BatchNorm1d to 3d, InstanceNorm1d to 3d, LayerNorm: 2 for each input element, 4 with a learned scale.
[[nodiscard]] std::int64_t normalization_operations(module_call const& call, bool affine);

/// PReLU: 1 for each input element. In training mode thop's rule gives 0, but `profile` always runs in
/// evaluation mode, so the mode does not matter here.
[[nodiscard]] std::int64_t prelu_operations(module_call const& call);

/// Softmax along `dim` of size F: 3F - 1 for each of the N / F rows.
[[nodiscard]] std::int64_t softmax_operations(module_call const& call, std::int64_t dim);

/// AvgPool1d to 3d: the divides only, 1 for each output element.
[[nodiscard]] std::int64_t average_pool_operations(module_call const& call);

/// AdaptiveAvgPool1d to 3d: (average window + 1) for each output element, where the average window is
/// the product of input size / output size over the dimensions from 2 on. thop works in doubles and
/// cuts the fraction off at the very end; so does this, in the same order.
/// \throws rule_error also if an output size is 0, so that the result is not a number
[[nodiscard]] std::int64_t adaptive_average_pool_operations(module_call const& call);

enum class upsample_mode : std::uint8_t {
  nearest,
  linear,
  bilinear,
  bicubic,
  other,  ///< trilinear and any other mode: thop logs a warning and counts 0
};

/// Upsample: 1, 5, 11 or 259 for each output element, by mode.
[[nodiscard]] std::int64_t upsample_operations(module_call const& call, upsample_mode mode);

}  // namespace flopwatch::thop
