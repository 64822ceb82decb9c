// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "reduction/row_sums.hpp"

#include "attribution/attribute_rows.hpp"
#include "attribution/id_index.hpp"
#include "attribution/inside_scope.hpp"
#include "reduction/group_sums.hpp"

namespace flopwatch::reduction {
namespace {

std::size_t at(phase p) { return static_cast<std::size_t>(p); }

row_sums sums_below(capture_data const& capture, attribution const& tree) {
  row_sums out;
  out.rows.resize(tree.rows.size());
  group_sums const groups(capture);
  for (std::size_t r = 0; r < tree.rows.size(); ++r) {
    for (auto const i : tree.rows[r].operator_calls) {
      auto const& call = capture.operator_calls[i];
      out.rows[r][at(call.phase)].operators += call.total;
    }
    for (auto const i : tree.rows[r].launch_groups) {
      auto const& g = capture.launch_groups[i];
      auto const m = groups.of(g);
      bool const counted = !g.in_scope_range && g.launches > 0 && !m.of(groups.class_of(g)).missing;
      out.measured_collected = out.measured_collected || counted;
      out.rows[r][at(g.phase)].measured += m;
    }
  }
  attribution_detail::id_index const scopes(capture.scopes, "scope");
  for (auto const& g : capture.scope_range_groups) {
    auto const r = g.scope == 0 ? outside_row(tree) : tree.row_of_scope[scopes.at(g.scope, "a scope range")];
    auto const m = group_sums::of(g);
    out.measured_collected = out.measured_collected || (g.ranges > 0 && !m.of(launch_class::range).missing);
    out.rows[r][at(g.phase)].measured += m;
  }
  for (auto r = tree.rows.size(); r-- > 1;) {
    auto& above = out.rows[tree.rows[r].parent];
    for (auto const p : all_phases) {
      above[at(p)].operators += out.rows[r][at(p)].operators;
      above[at(p)].measured += out.rows[r][at(p)].measured;
    }
  }
  return out;
}

}  // namespace

std::size_t outside_row(attribution const& tree) { return tree.rows.size() - 1; }

row_sums sums_of_rows(capture_data const& capture, attribution const& tree) {
  auto out = sums_below(capture, tree);
  attribution_detail::inside_scope const parts(capture, tree);
  for (std::size_t r = 0; r < tree.rows.size(); ++r) {
    if (!tree.rows[r].inside) continue;
    auto const part = parts.of(r);
    out.rows[r] = sums_below(part, attribution_detail::attribute_rows(part).tree).rows[0];
  }
  return out;
}

}  // namespace flopwatch::reduction
