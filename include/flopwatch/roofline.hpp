// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "flopwatch/peaks.hpp"
#include "flopwatch/report.hpp"

/// \file
/// Roofline: how much arithmetic each module does for a byte of DRAM traffic, and which ceiling of the chip
/// is lower there. Pure. There are no times: a capture of counters has none worth showing.

namespace flopwatch {

/// What the chip can do at most.
struct ceilings {
  std::optional<peak> compute;             ///< nullopt: not known
  std::optional<double> bytes_per_second;  ///< of DRAM; nullopt: not known
  std::string words;                       ///< which chip, and the documents that say so
};

/// Those of a chip of the table; `name` as for `chip_peak_of`. \throws usage_error
[[nodiscard]] ceilings ceilings_of_chip(std::string_view name);

/// Which ceiling is the lower one.
enum class roofline_limit : std::uint8_t { unknown, memory, compute };
[[nodiscard]] std::string_view to_string(roofline_limit l) noexcept;

/// A row with everything below it.
struct roofline_row {
  std::optional<std::int64_t> bytes;  ///< read from and written to DRAM; nullopt: not counted for any launch
  std::int64_t launches = 0;
  std::int64_t launches_without_bytes = 0;  ///< if there are any, `bytes` are too few
  /// Read from counters, where they were for all launches; otherwise by the shapes (`flops_measured`).
  std::optional<std::int64_t> flops;
  bool flops_measured = false;
  /// By the shapes, and operators ran in it that no rule counts as a whole: `flops` are too few.
  bool flops_partly = false;
  /// FLOPs for each byte; nullopt: a part of one of the two is missing, or there are no bytes.
  std::optional<double> intensity;
  /// The compute ceiling for the number formats of this row, FLOP/s; nullopt: not known for one of them.
  std::optional<double> compute_ceiling;
  /// The lower ceiling at this intensity, FLOP/s; nullopt: not known.
  std::optional<double> attainable;
  roofline_limit limit = roofline_limit::unknown;
};

/// Parallel to attribution::rows. \throws usage_error where the capture has no metric of DRAM bytes
[[nodiscard]] std::vector<roofline_row> roofline(analysis const& a, ceilings const& limits);

/// The table of modules; `phase`, `explain` and `units` have no meaning. \throws usage_error
[[nodiscard]] std::string roofline_text(analysis const& a, ceilings const& limits,
                                        text_options const& options = {});
/// All rows, by docs/roofline.schema.json. Ends with a newline. \throws usage_error
[[nodiscard]] std::string roofline_json(analysis const& a, ceilings const& limits);

}  // namespace flopwatch
