// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace flopwatch::importing {

/// A number as Nsight Compute writes it: "201,326,592", "268435456.000000", "-1.5e3". nullopt for any other
/// text ("n/a", a list, a comma that separates no thousands).
[[nodiscard]] std::optional<double> parse_number(std::string_view text);

/// "n/a", "(!) n/a", "no data", nothing: the profiler says that it has no value.
[[nodiscard]] bool says_no_value(std::string_view text);

/// What a unit makes of a number that counts things.
struct count_unit {
  double factor = 1;      ///< 1e6 for "Minst"
  std::string_view base;  ///< "inst"
};
/// nullopt for a unit of something else (bytes, cycles, time, a share).
[[nodiscard]] std::optional<count_unit> parse_count_unit(std::string_view unit);

/// "(4, 12, 54)", "(4 12 54)" or "864". nullopt for any other text, and for a size below 1.
[[nodiscard]] std::optional<std::array<std::int64_t, 3>> parse_dimensions(std::string_view text);

}  // namespace flopwatch::importing
