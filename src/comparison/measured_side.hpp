// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "comparison/context.hpp"
#include "flopwatch/comparison.hpp"

namespace flopwatch::comparison_detail {

/// Everything that the counters say of one operator call.
struct measured_call {
  std::int64_t launches = 0;
  std::int64_t flops = 0;
  std::int64_t half_flops = 0;        ///< of it, half-precision instructions of the CUDA cores
  std::int64_t half_fused_flops = 0;  ///< of those, fused multiply-adds
  std::int64_t kernel = 0;            ///< the one with the most FLOPs
  std::int64_t kernel_flops = -1;
  bool tensor_metrics = true;  ///< every launch was measured with tensor-core counters too
  bool tensor_kernel = false;  ///< a kernel's name shows the tensor cores
  bool fft_or_winograd = false;
};

/// By position in capture_data::operator_calls; empty without any launch.
[[nodiscard]] std::vector<measured_call> measured_calls(context const& c);

/// What a row itself has to say to the difference measured - operator.
struct measured_findings {
  std::vector<verdict> own;           ///< one for each kind
  std::int64_t within_tolerance = 0;  ///< FLOPs above the operator column that still agree
};

/// The row's own launches were all measured.
[[nodiscard]] measured_findings measured_findings_of(context const& c,
                                                     std::vector<measured_call> const& calls,
                                                     std::size_t row);

}  // namespace flopwatch::comparison_detail
