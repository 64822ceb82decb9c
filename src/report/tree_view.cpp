// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "report/tree_view.hpp"

#include <cstdint>
#include <numeric>

#include <fmt/format.h>

namespace flopwatch::report {
namespace {

// Beyond, a row says its level instead: guides of every row would take the square of the depth.
constexpr int deepest_guides = 100;

}  // namespace

std::vector<shown_row> tree_view(std::vector<module_row> const& rows, int depth) {
  std::vector<std::size_t> order(rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  return tree_view(rows, depth, order);
}

std::vector<shown_row> tree_view(std::vector<module_row> const& rows, int depth,
                                 std::vector<std::size_t> const& order,
                                 std::vector<std::int64_t> const& times) {
  constexpr auto npos = module_row::npos;
  std::vector<std::size_t> parent(rows.size(), npos);
  std::vector<std::size_t> shown_at(rows.size(), npos);  // of a folded row: where it is counted
  std::vector<std::size_t> last_child(rows.size(), npos);
  std::vector<int> level(rows.size(), 0);
  std::vector<shown_row> out;
  for (auto const i : order) {
    if (i > 0) {
      parent[i] = rows[i].parent < i ? rows[i].parent : 0;
      level[i] = level[parent[i]] + 1;
    }
    if (depth > 0 && level[i] >= depth && !rows[i].outside) {
      shown_at[i] = shown_at[parent[i]];
      out[shown_at[i]].folded += times.empty() ? 1 : times[i];
      continue;
    }
    shown_at[i] = out.size();
    out.push_back({i, {}, {}, 0});
    if (i > 0) last_child[parent[i]] = i;
  }
  struct handed_down {
    std::string guides, narrow;
  };
  std::vector<handed_down> below(rows.size());  // from a row to its children
  for (auto& s : out) {
    if (s.row == 0) continue;
    bool const last = last_child[parent[s.row]] == s.row;
    auto const& above = below[parent[s.row]];
    s.guides = above.guides + (last ? "└─ " : "├─ ");
    s.narrow_guides = above.narrow + (last ? "└ " : "├ ");
    if (level[s.row] >= deepest_guides) {
      auto const at = fmt::format("(level {}) ", level[s.row]);
      s.guides += at;
      s.narrow_guides += at;
      below[s.row] = above;
      continue;
    }
    below[s.row] = {above.guides + (last ? "   " : "│  "), above.narrow + (last ? "  " : "│ ")};
  }
  return out;
}

}  // namespace flopwatch::report
