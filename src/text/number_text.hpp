// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// \file
/// Counts as text. Exact with thousands separators, or scaled with three decimals.

namespace flopwatch::text {

/// "1,509,949,440"
[[nodiscard]] std::string grouped(std::int64_t n);

/// "+1,509,949,440", "-629,145,600", "0"
[[nodiscard]] std::string signed_grouped(std::int64_t n);

/// A decimal prefix: "", "K", "M", "G", "T", "P", "E".
struct scale {
  std::string_view prefix;
  double factor = 1;
};

/// The largest prefix that leaves at least 1 of `largest`; 0 gives no prefix.
[[nodiscard]] scale scale_for(double largest);

/// Three decimals ("2.139"), "0" for exact zero, "<0.001" for what would read as zero, whole numbers
/// without a prefix.
[[nodiscard]] std::string scaled(double n, scale s);

/// Share of `whole` with one decimal: "70.6%", "<0.1%", "0%"; "" for an empty whole.
[[nodiscard]] std::string percent(double part, double whole);

}  // namespace flopwatch::text
