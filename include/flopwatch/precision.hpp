// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace flopwatch {

/// Number format of the arithmetic. Counts of different precisions are never added up silently: every total
/// can be split by precision.
enum class precision : std::uint8_t {
  fp64,
  fp32,
  tf32,
  fp16,
  bf16,
  fp8,
  fp4,
  int8,
  integer,  ///< any other integer or boolean format; its arithmetic is not floating point
  unknown,
};

inline constexpr int precision_count = 10;

/// "fp64", "fp32", ... The same names are used in captures, JSON and tables.
[[nodiscard]] std::string_view to_string(precision p) noexcept;
[[nodiscard]] std::optional<precision> parse_precision(std::string_view text) noexcept;

}  // namespace flopwatch
