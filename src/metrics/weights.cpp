// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "flopwatch/metrics.hpp"
#include "metrics/instruction_name.hpp"
#include "metrics/tensor_name.hpp"

namespace flopwatch {
namespace {

constexpr auto one_operation = "One add or multiply of one element by each counted thread.";
constexpr auto fused = "A fused multiply-add is one multiply and one add: 2 FLOPs by each counted thread.";
constexpr auto half_pair =
    "The instruction works on one or two half-precision elements and the counter does not say which: at "
    "least 1 FLOP, at most 2; it may also count moves and conversions.";
constexpr auto half_fused =
    "A fused multiply-add of one or two half-precision elements: at least 2 FLOPs, at most 4; it may also "
    "count loads of constants.";
constexpr auto packed_add = "A packed instruction: one add on each of two fp32 elements.";
constexpr auto packed_mul =
    "A packed instruction: one multiply on each of two fp32 elements; a public copy of NVIDIA's own rule "
    "gives it a weight of 1.";
constexpr auto packed_fused =
    "A packed instruction: one fused multiply-add on each of two fp32 elements; a public copy of NVIDIA's "
    "own rule gives it a weight of 8.";

constexpr flop_weight exact(std::int64_t w, precision p, std::string_view why) {
  return {w, w, p, false, true, why};
}
constexpr flop_weight range(std::int64_t floor, std::int64_t ceiling, precision p, std::string_view why) {
  return {floor, ceiling, p, false, false, why};
}

constexpr std::array<instruction_weight, 12> table{{
    {"fadd", exact(1, precision::fp32, one_operation)},
    {"fmul", exact(1, precision::fp32, one_operation)},
    {"ffma", exact(2, precision::fp32, fused)},
    {"dadd", exact(1, precision::fp64, one_operation)},
    {"dmul", exact(1, precision::fp64, one_operation)},
    {"dfma", exact(2, precision::fp64, fused)},
    {"hadd", range(1, 2, precision::fp16, half_pair)},
    {"hmul", range(1, 2, precision::fp16, half_pair)},
    {"hfma", range(2, 4, precision::fp16, half_fused)},
    {"fadd2", range(2, 2, precision::fp32, packed_add)},
    {"fmul2", range(1, 2, precision::fp32, packed_mul)},
    {"ffma2", range(4, 8, precision::fp32, packed_fused)},
}};

}  // namespace

std::span<instruction_weight const> instruction_weights() noexcept { return table; }

std::optional<flop_weight> weight_of(std::string_view metric) {
  if (auto const tensor = metrics::tensor_name::parse(metric)) {
    return flop_weight{
        1,
        1,
        tensor->source_precision(),
        true,
        true,
        "The counter's unit is one math operation; a multiply-add on the tensor cores is 2 operations."};
  }
  if (metric == uncounted_tensor_work || metric == uncounted_cuda_core_work) {
    return flop_weight{
        1,
        1,
        precision::unknown,
        metric == uncounted_tensor_work,
        true,
        "Work that ran and that no counter of the imported file counted; it never has a value."};
  }
  auto const operation = metrics::cuda_core_operation(metric);
  auto const* const found =
      std::find_if(table.begin(), table.end(), [&](auto const& line) { return line.operation == operation; });
  if (found == table.end()) return std::nullopt;
  return found->weight;
}

bool is_instrumented(std::string_view metric) noexcept {
  return metric.find("_sass_") != std::string_view::npos;
}

bool is_half_fused(std::string_view metric) noexcept {
  return metrics::cuda_core_operation(metric) == "hfma";
}

}  // namespace flopwatch
