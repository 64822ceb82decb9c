// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "comparison/context.hpp"

namespace flopwatch::comparison_detail {

/// What the counters say about one operator call.
struct measured_call {
  std::int64_t launches = 0;
  std::int64_t flops = 0;
  std::int64_t half_flops = 0;        ///< the part from half-precision instructions of the CUDA cores
  std::int64_t half_fused_flops = 0;  ///< the part of that from fused multiply-adds
  std::int64_t kernel = 0;            ///< the one with the most FLOPs
  std::int64_t kernel_flops = -1;
  bool tensor_metrics = true;  ///< every launch was measured with tensor-core counters too
  bool tensor_kernel = false;  ///< a kernel's name shows the tensor cores
  bool fft_or_winograd = false;
};

/// By position in capture_data::operator_calls; empty if there is no launch.
[[nodiscard]] std::vector<measured_call> measured_calls(context const& c);

}  // namespace flopwatch::comparison_detail
