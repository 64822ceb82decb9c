// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

/// \file
/// The kernels, without framework types. Pointers are to float32 in row-major order.

namespace sample {

/// Phi(t) of the normal distribution is close to 0.5 + t*(c1 + c3*t^2 + c5*t^4) on [-3, 3].
inline constexpr float phi_c1 = 0.380442F;
inline constexpr float phi_c3 = -0.0444002F;
inline constexpr float phi_c5 = 0.00235268F;

void bias_gelu_rowsum_cpu(float const* x, float const* bias, float* out, std::int64_t rows,
                          std::int64_t cols);

/// `stream` is a cudaStream_t. \returns the CUDA error code of the launch, 0 when it is good
int bias_gelu_rowsum_cuda(float const* x, float const* bias, float* out, std::int64_t rows, std::int64_t cols,
                          void* stream);

}  // namespace sample
