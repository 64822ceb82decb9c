// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "text/number_text.hpp"

#include <array>
#include <cmath>

#include <fmt/format.h>

namespace flopwatch::text {

std::string grouped(std::int64_t n) {
  std::string text = std::to_string(n);
  std::size_t const first_digit = n < 0 ? 1 : 0;
  for (std::size_t at = text.size(); at > first_digit + 3;) {
    at -= 3;
    text.insert(at, 1, ',');
  }
  return text;
}

std::string signed_grouped(std::int64_t n) { return (n > 0 ? "+" : "") + grouped(n); }

scale scale_for(double largest) {
  constexpr std::array<scale, 6> scales{
      {{"E", 1e18}, {"P", 1e15}, {"T", 1e12}, {"G", 1e9}, {"M", 1e6}, {"K", 1e3}}};
  for (auto const& s : scales) {
    if (std::abs(largest) >= s.factor) return s;
  }
  return {"", 1};
}

std::string scaled(double n, scale s) {
  if (n == 0) return "0";
  if (!std::isfinite(n) || (s.factor == 1 && std::abs(n) >= 0x1p63)) return fmt::format("{:.0f}", n);
  if (s.factor == 1) return n > 0 && n < 1 ? "<1" : grouped(static_cast<std::int64_t>(std::round(n)));
  double const v = n / s.factor;
  if (std::abs(v) < 0.001) return v < 0 ? ">-0.001" : "<0.001";
  return fmt::format("{:.3f}", v);
}

std::string percent(double part, double whole) {
  if (whole == 0) return {};
  double const share = 100 * part / whole;
  if (part == 0) return "0%";
  if (share > 0 && share < 0.1) return "<0.1%";
  return fmt::format("{:.1f}%", share);
}

}  // namespace flopwatch::text
