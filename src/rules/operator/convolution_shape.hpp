// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "flopwatch/operator_rule.hpp"

namespace flopwatch::operator_rules {

/// Positions of the convolution arguments in an operator's schema.
struct convolution_positions {
  std::size_t input = 0, weight = 1;
  int bias = -1;  ///< -1: the operator has no such argument
  int stride = -1, padding = -1, dilation = -1, output_padding = -1;
  bool transposed = false;
  int addend = -1, addend_scale = -1;  ///< a tensor that is added to the result, and its factor
};

/// MACs of one forward pass, and elements of its output. Padded positions count as products.
struct convolution_size {
  std::int64_t macs = 0;
  std::int64_t output_elements = 0;
};

struct convolution_parameters {
  std::vector<std::int64_t> stride, padding, dilation, output_padding;
  bool transposed = false;
};

/// weight [O,I/groups,k...], or [I,O/groups,k...] when transposed; input with or without its batch.
[[nodiscard]] convolution_size size_of_convolution(tensor_arg const& input, tensor_arg const& weight,
                                                   convolution_parameters const& p, std::int64_t groups);

}  // namespace flopwatch::operator_rules
