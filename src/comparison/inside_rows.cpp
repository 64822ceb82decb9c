// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "comparison/inside_rows.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "attribution/attribute_rows.hpp"
#include "attribution/id_index.hpp"
#include "attribution/inside_scope.hpp"
#include "comparison/context.hpp"

namespace flopwatch::comparison_detail {
namespace {

/// Verdicts about a row with all that is below it, not about what the row itself did.
bool is_of_the_whole(verdict_kind kind) {
  return kind == verdict_kind::agrees || kind == verdict_kind::equal_as_counted ||
         kind == verdict_kind::backward_not_in_formula || kind == verdict_kind::recompute ||
         kind == verdict_kind::unexplained;
}

/// By row of the part: the row of the whole capture that has the same scopes, or the same static place.
std::vector<std::size_t> rows_in_whole(capture_data const& part, attribution const& rows,
                                       std::unordered_map<std::int64_t, std::size_t> const& row_of_scope,
                                       attribution const& tree) {
  std::vector<std::size_t> out(rows.rows.size(), 0);
  for (std::size_t n = 0; n < rows.row_of_path.size(); ++n) out[rows.row_of_path[n]] = tree.row_of_path[n];
  for (std::size_t i = 0; i < part.scopes.size(); ++i) {
    out[rows.row_of_scope[i]] = row_of_scope.at(part.scopes[i].id);
  }
  return out;
}

}  // namespace

void compare_insides(capture_data const& capture, attribution const& tree, compare_whole const& compare,
                     comparison& out) {
  std::optional<attribution_detail::inside_scope> parts;
  std::unordered_map<std::int64_t, std::size_t> row_of_scope;
  context const names(capture, tree);
  for (std::size_t r = 0; r < tree.rows.size(); ++r) {
    if (!tree.rows[r].inside) continue;
    if (!parts) {
      parts.emplace(capture, tree);
      for (std::size_t i = 0; i < capture.scopes.size(); ++i) {
        row_of_scope.emplace(capture.scopes[i].id, tree.row_of_scope[i]);
      }
    }
    auto const part = parts->of(r);
    auto rows = attribution_detail::attribute_rows(part).tree;
    rows.measured_collected = tree.measured_collected;  // no launch in it is a 0, not a missing column
    rows.measured_by_scope = tree.measured_by_scope;
    rows.has_operators = tree.has_operators;
    auto const place = rows_in_whole(part, rows, row_of_scope, tree);
    out.rows[r] = compare(part, rows, names.name(r));
    for (auto& v : out.rows[r].verdicts) {
      v.row = v.row == 0 && is_of_the_whole(v.kind) ? r : place[v.row];
    }
  }
}

}  // namespace flopwatch::comparison_detail
