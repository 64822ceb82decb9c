// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "flopwatch/precision.hpp"

/// \file
/// Metrics: which GPU counters count as FLOPs, and how much each of their units weighs. Pure.

namespace flopwatch {

/// What one unit of a counter is worth.
struct flop_weight {
  /// FLOPs of one unit at least, and at most. They differ for half precision only, where one counted
  /// instruction works on one or on two elements and the counter does not say which.
  std::int64_t floor = 0;
  std::int64_t ceiling = 0;
  flopwatch::precision precision = flopwatch::precision::unknown;  ///< unknown: several at once
  bool tensor_core = false;
  bool proved = true;       ///< false: no kernel of known count has confirmed this weight
  std::string_view reason;  ///< one sentence: why it weighs this much
};

/// One line of the weight table: the CUDA-core counters by the operation in their name.
struct instruction_weight {
  std::string_view operation;  ///< "ffma": `sm__sass_thread_inst_executed_op_ffma_pred_on.sum`
  flop_weight weight;
};

/// The whole table of CUDA-core counters. Tensor-core counters follow one rule instead: unit
/// `math_op`, weight 1.
[[nodiscard]] std::span<instruction_weight const> instruction_weights() noexcept;

/// Weight of a metric by its full name with rollup; nullopt for every metric that is no count of FLOPs.
/// Known are `{sm,smsp}__sass_thread_inst_executed_op_<operation>_pred_on.sum` and
/// `sm__ops_path_tensor_src_<formats>[_dst_<formats>].sum`. Rates (`.sum.per_cycle_elapsed`), parts of
/// another counter (`_sparsity_on`, `_sparsity_off`) and twins (`_realtime`) weigh nothing.
[[nodiscard]] std::optional<flop_weight> weight_of(std::string_view metric);

/// FLOPs read from counters.
struct counted_flops {
  std::int64_t flops = 0;    ///< with the floor of each weight: what the measured column shows
  std::int64_t ceiling = 0;  ///< with the ceiling of each weight
  std::map<precision, std::int64_t> by_precision;  ///< parts of `flops`; no entry is 0
};

/// FLOPs of counter sums by metric name (`launch_group::sums`). Nothing is added twice: of the `sm__`
/// and the `smsp__` form of one counter one counts, and a tensor counter is left out beside another
/// that contains it (`src_fp16_dst_fp32` beside `src_fp16`, `src_fp4_dst_fp32` beside
/// `src_fp4_fp6_fp8_dst_fp32`).
/// \return nullopt when no metric counts FLOPs, or one that does has no value: not collected is not 0
/// \throws overflow_error
[[nodiscard]] std::optional<counted_flops> flops_of(
    std::map<std::string, std::optional<std::int64_t>> const& sums);

}  // namespace flopwatch
