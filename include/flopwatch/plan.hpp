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
/// Plans: which of a chip's metrics are collected, and in which groups. Pure: what only CUPTI knows is asked
/// through functions, and no chip's list of metrics is written here.

namespace flopwatch {

enum class metric_set : unsigned char {
  cuda_core,  ///< add, multiply and fused multiply-add instructions of the CUDA cores; one pass
  tensor,     ///< operations of the tensor cores, by number format
  full,       ///< both
};

/// "cuda-core", "tensor", "full".
[[nodiscard]] std::string_view to_string(metric_set set) noexcept;
[[nodiscard]] std::optional<metric_set> parse_metric_set(std::string_view text) noexcept;

/// The number formats that tensor-core counters name: "fp64", "fp32", "tf32", "fp16", "bf16", "fp8", "fp6",
/// "fp4", "int8".
[[nodiscard]] std::vector<std::string_view> tensor_types();

struct metric_request {
  metric_set set = metric_set::full;
  /// Number formats (`tensor_types`) whose tensor-core counters are wanted; empty: all. CUDA-core counters
  /// are not narrowed. A counter of several formats is taken when one of them is wanted.
  std::vector<std::string> types = {};
  /// In place of a set: names with rollup ("sm__inst_executed.sum"), base names of counters, which stand for
  /// their sum, and nvprof's names (`derived_metric`), which stand for what they are computed from.
  std::vector<std::string> metrics = {};
};

/// What a plan asks of CUPTI about one chip. Names carry their rollup.
struct chip_questions {
  /// Every name without rollup.
  std::span<std::string const> base_metrics;
  std::function<bool(std::string const& metric)> is_known;
  /// The passes that exactly these metrics need together.
  std::function<int(std::span<std::string const> metrics)> passes;
  /// Whether `parts` together are read from the same hardware counters as `whole`.
  std::function<bool(std::string const& whole, std::span<std::string const> parts)> same_counters;
  /// Whether the device at hand can count a metric of its chip: a MIG slice lacks those of units that it
  /// shares. Empty: no device is at hand, and all can be.
  std::function<bool(std::string const& metric)> can_count = {};
};

/// Metrics that are collected together: one run of the user's code for each pass.
struct metric_group {
  std::vector<std::string> metrics;
  int passes = 1;  ///< 1, but for a metric that cannot be had in one pass and has no parts that can
};

/// A metric that needs several passes, and the single-pass metrics whose sum it is.
struct narrowed_metric {
  std::string whole;
  std::vector<std::string> parts;
};

struct metric_plan {
  std::vector<metric_group> groups;  ///< that of the CUDA cores first
  std::vector<narrowed_metric> narrowed;
  /// Instructions that start work on the tensor cores, counted in the CUDA cores' pass at no cost. They are
  /// no FLOPs; any of them without tensor metrics means that work was missed.
  std::vector<std::string> indicators;
  std::vector<std::string> notes;  ///< sentences: what was asked for and is not there
  /// What the set has on this chip and the device at hand cannot count; in no group.
  std::vector<std::string> lacking = {};

  [[nodiscard]] int passes() const noexcept;  ///< of all groups
};

/// The same questions with the same answers give the same plan.
/// \throws usage_error for a metric by name that the chip does not have or the device cannot count, and for
/// an unknown type
[[nodiscard]] metric_plan plan_metrics(chip_questions const& chip, metric_request const& request);

}  // namespace flopwatch
