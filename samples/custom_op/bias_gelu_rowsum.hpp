// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <torch/torch.h>

/// \file
/// A hand-written operator: out[r] = sum over c of gelu(x[r][c] + bias[c]), with a polynomial GELU, so
/// that every FLOP of it is counted by hand.
///
/// Per element: bias add 1, t*t 1, two fused multiply-adds for the odd polynomial 4, one for the half 2,
/// the product v*phi 1, the sum 1: 10 FLOPs. The clamp of t to [-3, 3] is a comparison and counts 0.

namespace sample {

inline constexpr std::int64_t flops_per_element = 10;

/// FLOPs of the operator on `rows` x `cols` elements: its arithmetic, on the CPU exactly what runs.
[[nodiscard]] inline std::int64_t known_flops(std::int64_t rows, std::int64_t cols) {
  return flops_per_element * rows * cols;
}

/// The same on the GPU, where a warp of 32 threads adds up each row: 5 more adds in each of its threads.
[[nodiscard]] inline std::int64_t known_flops_cuda(std::int64_t rows, std::int64_t cols) {
  return known_flops(rows, cols) + 5 * 32 * rows;
}

/// The plain function. `x` is (rows, cols) and `bias` (cols), both float32, contiguous, on one device.
/// Nothing in it goes through the dispatcher but the allocation of the result.
torch::Tensor bias_gelu_rowsum(torch::Tensor const& x, torch::Tensor const& bias);

/// The plain function as a differentiable operation. The dispatcher never hears of it.
torch::Tensor bias_gelu_rowsum_function(torch::Tensor const& x, torch::Tensor const& bias);

/// The same kernel as the dispatcher operator `sample::bias_gelu_rowsum`.
torch::Tensor bias_gelu_rowsum_operator(torch::Tensor const& x, torch::Tensor const& bias);

}  // namespace sample
