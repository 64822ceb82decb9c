// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// \file
/// Plans: which of a chip's metrics are collected, and in which groups. Pure: CUPTI is asked through
/// functions, and no chip's list of metrics is in the code.

namespace flopwatch {

enum class metric_set : unsigned char {
  cuda_core,  ///< add, multiply and fused multiply-add instructions of the CUDA cores; one pass
  tensor,     ///< operations of the tensor cores, by number format
  full,       ///< both
  roofline,   ///< `full`, and the bytes of DRAM traffic
};

/// "cuda-core", "tensor", "full", "roofline".
[[nodiscard]] std::string_view to_string(metric_set set) noexcept;
[[nodiscard]] std::optional<metric_set> parse_metric_set(std::string_view text) noexcept;

/// The number formats that tensor-core counters name: "fp64", "fp32", "tf32", "fp16", "bf16", "fp8", "fp6",
/// "fp4", "int8".
[[nodiscard]] std::vector<std::string_view> tensor_types();
/// Those of them whose operations a tensor-core metric counts, by its full name; empty for any other metric.
[[nodiscard]] std::vector<std::string_view> formats_of(std::string_view metric);

struct metric_request {
  metric_set set = metric_set::full;
  /// Number formats (`tensor_types`) whose tensor-core counters are collected; empty: all. A counter of
  /// several formats is collected if one of them is listed. CUDA-core counters are not affected.
  std::vector<std::string> types = {};
  /// Instead of a set: names with rollup ("sm__inst_executed.sum"), base names of counters, which mean their
  /// sum, and nvprof's names (`derived_metric`), which mean the metrics that they are computed from.
  std::vector<std::string> metrics = {};
};

/// What a plan asks CUPTI about a chip. Names include their rollup.
struct chip_questions {
  /// Every metric of the chip, without rollup.
  std::span<std::string const> base_metrics;
  std::function<bool(std::string const& metric)> is_known;
  /// How many passes exactly these metrics need together.
  std::function<int(std::span<std::string const> metrics)> passes;
  /// Whether `parts` together use the same hardware counters as `whole`.
  std::function<bool(std::string const& whole, std::span<std::string const> parts)> same_counters;
  /// Whether the device can count a metric of its chip: a MIG slice lacks those of units that it shares.
  /// Empty: there is no device, and every metric can be counted.
  std::function<bool(std::string const& metric)> can_count = {};
};

/// Metrics that are collected together: one run of the user's code for each pass.
struct metric_group {
  std::vector<std::string> metrics;
  int passes = 1;  ///< above 1 only for metrics that neither fit one pass nor have parts that do
};

/// A metric that needs several passes, and the single-pass metrics that replace it; they add up to it.
struct narrowed_metric {
  std::string whole;
  std::vector<std::string> parts;
};

struct metric_plan {
  std::vector<metric_group> groups;  ///< the CUDA cores' group first
  std::vector<narrowed_metric> narrowed;
  /// Instructions that start work on the tensor cores, counted in the CUDA cores' pass. They are not FLOPs;
  /// if there are any and no tensor metrics are collected, work was missed.
  std::vector<std::string> indicators;
  std::vector<std::string> notes;  ///< sentences: what was requested and does not exist
  /// Metrics of the set that the chip has and the device cannot count; in no group.
  std::vector<std::string> lacking = {};

  [[nodiscard]] int passes() const noexcept;  ///< of all groups
};

/// Deterministic: the same answers give the same plan.
/// \throws usage_error for a metric by name that the chip does not have or the device cannot count, and for
/// an unknown type
[[nodiscard]] metric_plan plan_metrics(chip_questions const& chip, metric_request const& request);

}  // namespace flopwatch
