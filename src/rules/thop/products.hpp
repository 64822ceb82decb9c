// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "flopwatch/module_rule.hpp"

/// \file
/// The rules of thop 0.1.1 that count products, in MACs, and the one that counts nothing.
/// All throw `rule_error` for a call without the tensors that they read, `overflow_error` for a count beyond
/// 64 bits. Biases are not counted, as in thop.

namespace flopwatch::thop {

/// Conv1d to Conv3d and ConvTranspose1d to ConvTranspose3d.
/// `kernel` holds the spatial kernel sizes. thop's results are reproduced, right or wrong:
/// - the channels are read from dimension 1 of the input, which is a spatial size if there is no
///   batch dimension;
/// - a transposed convolution is counted by its output like a plain one, which is too much by the
///   ratio of output to input size.
[[nodiscard]] std::int64_t convolution_macs(module_call const& call, std::span<std::int64_t const> kernel,
                                            std::int64_t groups);

/// Linear, by the elements of the output.
[[nodiscard]] std::int64_t linear_macs(module_call const& call, std::int64_t in_features);

/// ReLU, ReLU6, LeakyReLU, Dropout, ZeroPad2d, MaxPool, AdaptiveMaxPool, PixelShuffle, Sequential: thop
/// has a rule for these, and it gives 0.
[[nodiscard]] constexpr std::int64_t no_macs() noexcept { return 0; }

}  // namespace flopwatch::thop
