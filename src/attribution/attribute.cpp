// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "attribution/attribute_rows.hpp"
#include "attribution/inside_scope.hpp"
#include "attribution/reuse_summary.hpp"
#include "attribution/saturating.hpp"
#include "attribution/steps.hpp"
#include "attribution/tensor_doubt.hpp"
#include "attribution/unseen.hpp"
#include "flopwatch/attribution.hpp"

namespace flopwatch {
namespace attribution_detail {

attributed_rows attribute_rows(capture_data const& capture) {
  attribution out;
  id_index const modules(capture.modules, "module");
  id_index const scopes(capture.scopes, "scope");
  static_tree const tree(capture, modules);

  auto placed = row_builder(capture, modules, scopes, tree).build();
  bool const numbered = add_operator_calls(capture, scopes, placed);
  id_index const operators(capture.operator_calls, "operator call", numbered);
  out.has_operators = has_operators(capture);
  out.measured_collected = add_measured(capture, scopes, operators, placed);
  out.measured_by_scope = !capture.scope_range_groups.empty();
  walk_formula(capture, modules, scopes, tree, placed, out);
  find_fused(capture, modules, placed);
  find_unseen(capture, modules, placed);
  add_up(placed);

  out.rows = std::move(placed.rows);
  out.row_of_scope = std::move(placed.of_scope);
  out.row_of_path = std::move(placed.of_node);
  out.operator_total = out.rows[0].total;
  out.measured_total = out.rows[0].measured;
  out.reuse = summary_of_reuse(capture);
  return {std::move(out), std::move(placed.around_roots)};
}

}  // namespace attribution_detail

attribution attribute(capture_data const& capture) {
  namespace detail = attribution_detail;
  overflow_counter const overflows;
  auto [out, around_roots] = detail::attribute_rows(capture);
  if (!around_roots.empty()) {
    detail::inside_scope const parts(capture, out);
    for (auto const row : around_roots) {
      auto whole = std::move(detail::attribute_rows(parts.of(row)).tree.rows[0]);
      out.rows[row].inside = row_work{whole.total, whole.total_by_phase, std::move(whole.total_by_precision),
                                      std::move(whole.measured)};
    }
  }
  out.losses = overflows.losses();
  return std::move(out);
}

}  // namespace flopwatch
