// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "comparison/context.hpp"
#include "flopwatch/comparison.hpp"

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

/// Why the counters of one operator call's kernels differ from what its shapes need. nullopt: they are
/// equal. A surplus within `tolerated_surplus` is `agrees` with its amount.
[[nodiscard]] std::optional<verdict> call_verdict(context const& c, operator_call_record const& call,
                                                  measured_call const& m, std::size_t row);

/// For launches outside every operator call; nullopt if they counted no FLOPs.
[[nodiscard]] std::optional<verdict> kernel_verdict(context const& c, launch_group const& g, std::size_t row);

}  // namespace flopwatch::comparison_detail
