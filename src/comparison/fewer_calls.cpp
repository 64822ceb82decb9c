// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "attribution/saturating.hpp"
#include "comparison/formula_causes.hpp"

namespace flopwatch::comparison_detail {
namespace {

// At most this many rows below one rule, so that the cost of deeply nested rules stays proportional to the
// rows.
constexpr std::size_t most_rows = 512;

struct candidate {
  repeated_row what;
  std::int64_t missing = 0;  ///< MACs of all its calls but the first, for each call of the upper row
  bool topmost = false;      ///< no other candidate above it
};

std::vector<candidate> repeated_below(context const& c, std::vector<row_products> const& products,
                                      std::size_t row) {
  struct open_row {
    std::size_t row;
    bool below_candidate;
  };
  std::vector<candidate> found;
  auto const calls = c.row(row).calls;
  if (calls <= 0) return found;
  std::vector<open_row> open{{row, false}};
  for (std::size_t i = 0; i < open.size() && open.size() < most_rows; ++i) {
    auto const [at, below_candidate] = open[i];
    for (auto const child : c.row(at).children) {
      auto const& r = c.row(child);
      auto const ran = products[child].forward;
      if (ran == 0 || r.outside) continue;
      bool repeated = r.calls % calls == 0 && r.calls / calls >= 2;
      if (repeated && ran % (r.calls / calls) == 0) {
        auto const times = r.calls / calls;
        found.push_back({{child, times}, ran / times * (times - 1), !below_candidate});
      } else {
        repeated = false;
      }
      open.push_back({child, below_candidate || repeated});
      if (open.size() >= most_rows) break;
    }
  }
  return found;
}

}  // namespace

std::optional<repeated_row> calls_not_seen(context const& c, std::vector<row_products> const& products,
                                           std::size_t row, std::int64_t rule_macs,
                                           std::int64_t operator_macs) {
  if (rule_macs <= 0 || rule_macs >= operator_macs) return std::nullopt;
  auto const missing = operator_macs - rule_macs;
  auto const candidates = repeated_below(c, products, row);
  for (auto const& one : candidates) {
    if (one.missing == missing) return one.what;
  }
  std::int64_t together = 0;
  candidate const* largest = nullptr;
  for (auto const& one : candidates) {
    if (!one.topmost) continue;
    together = saturating_add(together, one.missing);
    if (largest == nullptr || one.missing > largest->missing) largest = &one;
  }
  // Work of the row itself, or of a row that ran once, must fit too: exactly half of everything proves
  // nothing if only a part ran twice.
  if (largest != nullptr && together == missing) return largest->what;
  return std::nullopt;
}

}  // namespace flopwatch::comparison_detail
