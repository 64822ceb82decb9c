// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <utility>

#include <fmt/format.h>

#include "flopwatch/report.hpp"

namespace flopwatch {

std::string clever_format(double number, int digits) {
  constexpr std::array<std::pair<double, char>, 4> scales{{{1e12, 'T'}, {1e9, 'G'}, {1e6, 'M'}, {1e3, 'K'}}};
  for (auto const& [factor, suffix] : scales) {
    if (number > factor) return fmt::format("{:.{}f}{}", number / factor, digits, suffix);
  }
  return fmt::format("{:.{}f}B", number, digits);
}

}  // namespace flopwatch
