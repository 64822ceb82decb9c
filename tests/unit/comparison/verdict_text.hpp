// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "flopwatch/comparison.hpp"

namespace flopwatch {

inline void PrintTo(verdict const& v, std::ostream* out) {
  *out << to_string(v.kind) << ' ' << v.amount << " row " << v.row << ": " << v.cause << " / " << v.remedy;
}

}  // namespace flopwatch

namespace flopwatch::test {

/// "children_beside_rule +1509949440 @attn": kind, amount and causing row of every verdict, in order.
inline std::vector<std::string> brief(attribution const& tree, comparison const& result, std::size_t row,
                                      columns between = columns::formula_operator) {
  std::vector<std::string> out;
  for (auto const& v : result.rows[row].verdicts) {
    if (v.between != between) continue;
    out.push_back(fmt::format("{} {:+} @{}", to_string(v.kind), v.amount,
                              tree.rows[v.row].outside ? "outside" : tree.rows[v.row].path));
  }
  return out;
}

inline verdict const& first_verdict(comparison const& result, std::size_t row,
                                    columns between = columns::formula_operator) {
  for (auto const& v : result.rows[row].verdicts) {
    if (v.between == between) return v;
  }
  throw std::out_of_range("no verdict");
}

}  // namespace flopwatch::test
