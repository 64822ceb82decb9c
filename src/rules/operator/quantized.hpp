// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "flopwatch/operator_rule.hpp"

/// \file
/// Quantized numbers: q stands for the real number s (q - z), with a scale s and an integer z.

namespace flopwatch::operator_rules {

inline constexpr std::int64_t quantize_flops = 2;    ///< round(x / s + z)
inline constexpr std::int64_t dequantize_flops = 1;  ///< s (q - z): the difference is of integers

/// Real arithmetic on quantized operands, which is done in single precision.
[[nodiscard]] inline operator_work real_work(std::int64_t flops) {
  return {.amount = {.other_flops = flops}, .precision = precision::fp32};
}

/// A product of quantized operands, and the real arithmetic around it.
[[nodiscard]] inline operator_work int8_work(std::int64_t macs, std::int64_t flops) {
  return {.amount = {macs, macs, flops}, .precision = precision::int8};
}

}  // namespace flopwatch::operator_rules
