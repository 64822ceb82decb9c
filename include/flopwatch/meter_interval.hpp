// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "flopwatch/capture_records.hpp"
#include "flopwatch/live.hpp"

/// \file
/// What a meter says of some steps of a run, and its lines for files. Pure.

namespace flopwatch {

/// Where a part of a step's work belongs.
struct meter_cell {
  flopwatch::phase phase = flopwatch::phase::forward;
  flopwatch::precision precision = flopwatch::precision::unknown;  ///< of the operands
  /// Whose peak bounds it: "tf32" for products in fp32 that PyTorch may run in TF32, else the precision.
  std::string peak_format;
  friend bool operator<(meter_cell const& a, meter_cell const& b) {
    return std::tie(a.phase, a.precision, a.peak_format) < std::tie(b.phase, b.precision, b.peak_format);
  }
  friend bool operator==(meter_cell const&, meter_cell const&) = default;
};

using meter_amounts = std::map<meter_cell, work>;
/// \throws overflow_error
void add(meter_amounts& to, meter_amounts const& more, std::int64_t times = 1);
/// FLOPs of all products that ran, by the format whose peak bounds them. \throws overflow_error
[[nodiscard]] std::map<std::string, std::int64_t> executed_products(meter_amounts const& amounts);
/// The same without recomputation and without what masks leave unused. \throws overflow_error
[[nodiscard]] std::map<std::string, std::int64_t> useful_products(meter_amounts const& amounts);

/// Adds the work of steps that followed. What does not fit 64 bits sets `overflow`.
void add(reused_work& to, reused_work const& more);
/// Nothing of what the operators of products launched is missing.
[[nodiscard]] bool products_known(reused_work const& work) noexcept;
/// Launches whose FLOPs are in no part. \throws overflow_error
[[nodiscard]] std::int64_t launches_not_counted(reused_work const& work);
/// FLOPs of products, and of what ran outside of the operators, by number format. \throws overflow_error
[[nodiscard]] std::map<std::string, std::int64_t> executed_products(reused_work const& work);
/// Why the sum is not exact, or not whole; empty where it is both.
[[nodiscard]] std::vector<std::string> reasons_of(reused_work const& work);

/// Some steps that followed each other, by the operators, or by the counters of the GPU where they are read.
/// executed = useful + masked + recompute + padding + other, exactly. The sums throw overflow_error.
struct meter_interval {
  std::int64_t first_step = 1;  ///< from 1 on
  std::int64_t steps = 0;
  std::optional<double> seconds;     ///< of all steps; nullopt where the clock went back
  meter_amounts amounts;             ///< what ran by the operators, of all steps that have a count
  std::int64_t steps_read = 0;       ///< counted in full; by counters: all of whose launches have counts
  std::int64_t steps_reused = 0;     ///< for which the count of an equal step stands
  std::int64_t steps_missing = 0;    ///< without a count
  bool complete = true;              ///< no step is missing
  bool exact = true;                 ///< complete, and nothing in `reasons`
  std::vector<std::string> reasons;  ///< why it is not exact or not complete
  /// Seconds that the useful products (MFU), or all (HFU), take at the peak of their formats, as a part of
  /// the seconds that they took; of steps that were not counted, because counting changes their time.
  std::optional<double> mfu;
  std::optional<double> hfu;
  std::string no_utilization;  ///< why there are none
  int rank = 0;
  /// Above 1: the sum over so many ranks; `seconds` is that of the slowest, MFU and HFU are of all together.
  int ranks = 1;
  std::optional<reused_work> measured;  ///< what the counters say; nullopt: the figures are of the operators
  /// FLOPs that kernels of products did beyond the operators' products: tiles that are not full, other
  /// algorithms (below 0 for one that does less), what is fused with them. nullopt where the counters or the
  /// operators lack something.
  std::optional<std::int64_t> padding_flops;

  /// Where the executed FLOPs are from: "counters" or "operator".
  [[nodiscard]] std::string_view source() const noexcept { return measured ? "counters" : "operator"; }
  /// Of kernels; nullopt where no counters are read.
  [[nodiscard]] std::optional<std::int64_t> launches() const;
  /// Of kernels whose FLOPs are in no figure; `reasons` says why.
  [[nodiscard]] std::optional<std::int64_t> launches_not_counted() const;
  [[nodiscard]] std::int64_t executed_flops() const;
  [[nodiscard]] std::int64_t executed_macs() const;  ///< of products, by the operators
  /// 2 for each MAC; by the counters: of the kernels that operators of products launched.
  [[nodiscard]] std::int64_t multiply_add_flops() const;
  /// By the counters also what ran outside of the operators.
  [[nodiscard]] std::int64_t other_flops() const;
  [[nodiscard]] std::int64_t useful_flops() const;     ///< of products, but for recomputation and masked ones
  [[nodiscard]] std::int64_t recompute_flops() const;  ///< of products
  [[nodiscard]] std::int64_t masked_flops() const;     ///< of products, without recomputation
  [[nodiscard]] std::map<precision, std::int64_t> executed_flops_by_precision() const;
  [[nodiscard]] std::map<phase, std::int64_t> executed_flops_by_phase() const;
};

/// Lines without a newline, with the fields that flopwatch.meters.csv_file and json_lines of Python write.
[[nodiscard]] std::string meter_csv_head();
[[nodiscard]] std::string meter_csv_line(meter_interval const& interval);
[[nodiscard]] std::string meter_json_line(meter_interval const& interval);

/// Outlets for `meter::on_interval`: a file that is replaced, with a line for each interval, written out at
/// once. \throws usage_error for a file that cannot be written; the outlet throws it, too
[[nodiscard]] std::function<void(meter_interval const&)> meter_csv_file(std::string const& path);
[[nodiscard]] std::function<void(meter_interval const&)> meter_json_lines(std::string const& path);

}  // namespace flopwatch
