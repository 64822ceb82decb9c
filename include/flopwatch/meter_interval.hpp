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

/// Some steps that followed each other, by the operators. executed = useful + masked + recompute + other,
/// exactly. The sums throw overflow_error.
struct meter_interval {
  std::int64_t first_step = 1;  ///< from 1 on
  std::int64_t steps = 0;
  std::optional<double> seconds;     ///< of all steps; nullopt where the clock went back
  meter_amounts amounts;             ///< what ran, of all steps that have a count
  std::int64_t steps_read = 0;       ///< counted in full
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

  [[nodiscard]] std::int64_t executed_flops() const;
  [[nodiscard]] std::int64_t executed_macs() const;       ///< of products
  [[nodiscard]] std::int64_t multiply_add_flops() const;  ///< 2 for each MAC
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
