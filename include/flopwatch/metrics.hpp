// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "flopwatch/precision.hpp"

/// \file
/// Metrics: which GPU counters count FLOPs, and the weight of their units. Pure.

namespace flopwatch {

/// How many FLOPs one unit of a counter is.
struct flop_weight {
  /// FLOPs of one unit, at least and at most. They differ where the counter leaves it open: a half-precision
  /// instruction works on one or two elements, and for packed fp32 instructions the known rules disagree.
  std::int64_t floor = 0;
  std::int64_t ceiling = 0;
  flopwatch::precision precision = flopwatch::precision::unknown;  ///< unknown: several formats
  bool tensor_core = false;
  bool proved = true;       ///< false: no kernel of known count has confirmed this weight
  std::string_view reason;  ///< one sentence: why it has this weight
};

/// One line of the weight table: a CUDA-core counter, by the operation in its name.
struct instruction_weight {
  std::string_view operation;  ///< "ffma": `sm__sass_thread_inst_executed_op_ffma_pred_on.sum`
  flop_weight weight;
};

/// The whole table of CUDA-core counters. Tensor-core counters follow one rule instead: unit
/// `math_op`, weight 1.
[[nodiscard]] std::span<instruction_weight const> instruction_weights() noexcept;

/// Work that ran and that no counter counted, as importers write it into a plan: a metric that counts FLOPs
/// and never has a value, so that the launches of the plan are not measured, whatever their other counters
/// read.
inline constexpr std::string_view uncounted_tensor_work = "flopwatch__tensor_core_flops_not_counted.sum";
inline constexpr std::string_view uncounted_cuda_core_work = "flopwatch__cuda_core_flops_not_counted.sum";

/// Weight of a metric by its full name with rollup; nullopt for a metric that does not count FLOPs.
/// The known names are `{sm,smsp}__sass_thread_inst_executed_op_<operation>_pred_on.sum` and
/// `sm__ops_path_tensor_[op_<instruction>_]src_<formats>[_dst_<formats>][_sparsity_<on or off>].sum`. Rates
/// (`.sum.per_cycle_elapsed`) and twins (`_realtime`) have no weight. A counter that is a part of another one
/// has the weight of the whole: `flops_of` adds only one of the two.
[[nodiscard]] std::optional<flop_weight> weight_of(std::string_view metric);

/// Whether CUPTI counts the metric by instrumenting the kernels (every metric with "sass" in its name). Any
/// other is read from hardware counters. Both are exact; a kernel that is instrumented is other machine code
/// with the same results.
[[nodiscard]] bool is_instrumented(std::string_view metric) noexcept;

/// Counts fused multiply-adds of half precision on the CUDA cores (`hfma`).
[[nodiscard]] bool is_half_fused(std::string_view metric) noexcept;

/// FLOPs read from counters.
struct counted_flops {
  std::int64_t flops = 0;    ///< with the floor of each weight: what the measured column shows
  std::int64_t ceiling = 0;  ///< with the ceiling of each weight
  std::map<precision, std::int64_t> by_precision;  ///< parts of `flops`; no entry is 0
};

/// FLOPs of counter sums by metric name (`launch_group::sums`). Nothing is added twice: only one of the
/// `sm__` and `smsp__` forms of a counter counts, and a tensor counter is left out if another one contains it
/// (`src_fp16` contains `src_fp16_dst_fp32` and `op_hmma_src_fp16`). Counters of different source formats
/// count different instructions, even if one names a format of the other (`src_fp4_dst_fp32` and
/// `src_fp4_fp6_fp8_dst_fp32` are read from different hardware counters).
/// \return nullopt if no metric counts FLOPs, or one that does has no value: not collected is not 0
/// \throws overflow_error
[[nodiscard]] std::optional<counted_flops> flops_of(
    std::map<std::string, std::optional<std::int64_t>> const& sums);

struct derived_term {
  std::string metric;
  std::int64_t weight = 1;
};

/// A metric of nvprof, computed from counters: `flop_count_sp`, `_dp`, `_hp` and their `_add`, `_mul` and
/// `_fma` parts. The weights are nvprof's: `flop_count_sp` counts a fused multiply-add as 2, the part
/// `flop_count_sp_fma` counts the instructions.
struct derived_metric {
  std::string name;
  std::vector<derived_term> terms;
  std::string_view reason;  ///< one sentence
};

[[nodiscard]] std::vector<derived_metric> const& derived_metrics();
[[nodiscard]] derived_metric const* derived_metric_from(std::string_view name);

/// \return nullopt if a term has no value
/// \throws overflow_error
[[nodiscard]] std::optional<std::int64_t> value_of(
    derived_metric const& derived, std::map<std::string, std::optional<std::int64_t>> const& values);

}  // namespace flopwatch
