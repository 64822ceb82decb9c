// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "attribution/id_index.hpp"
#include "attribution/row_builder.hpp"
#include "attribution/saturating.hpp"
#include "attribution/static_tree.hpp"
#include "attribution/steps.hpp"
#include "flopwatch/attribution.hpp"

namespace flopwatch {
attribution attribute(capture_data const& capture) {
  namespace detail = attribution_detail;
  overflow_counter const overflows;
  detail::id_index const modules(capture.modules, "module");
  detail::id_index const scopes(capture.scopes, "scope");
  detail::static_tree const tree(capture, modules);

  auto placed = detail::row_builder(capture, modules, scopes, tree).build();
  attribution out;
  bool const numbered = detail::add_operator_calls(capture, scopes, placed);
  detail::id_index const operators(capture.operator_calls, "operator call", numbered);
  out.measured_collected = detail::add_measured(capture, scopes, operators, placed);
  out.measured_by_scope = !capture.scope_range_groups.empty();
  detail::walk_formula(capture, modules, scopes, tree, placed, out);
  detail::find_fused(capture, modules, placed);
  detail::add_up(placed);

  out.rows = std::move(placed.rows);
  out.operator_total = out.rows[0].total;
  out.measured_total = out.rows[0].measured;
  out.losses = overflows.losses();
  return out;
}

}  // namespace flopwatch
