// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "metrics/reuse/student.hpp"

#include <array>
#include <limits>

namespace flopwatch::reuse {
namespace {

/// For 1, 2, ... degrees of freedom; from statistical tables.
constexpr std::array<double, 12> few{12.706, 4.303, 3.182, 2.776, 2.571, 2.447,
                                     2.365,  2.306, 2.262, 2.228, 2.201, 2.179};

constexpr double normal = 1.959964;

}  // namespace

double student_t(std::int64_t degrees) noexcept {
  if (degrees < 1) return std::numeric_limits<double>::infinity();
  if (degrees <= static_cast<std::int64_t>(few.size())) return few[static_cast<std::size_t>(degrees - 1)];
  // Fisher's expansion about the normal quantile; above 12 degrees it is right to four digits.
  double const z = normal;
  auto const d = static_cast<double>(degrees);
  double const z3 = z * z * z;
  double const z5 = z3 * z * z;
  return z + (z3 + z) / (4 * d) + (5 * z5 + 16 * z3 + 3 * z) / (96 * d * d);
}

}  // namespace flopwatch::reuse
