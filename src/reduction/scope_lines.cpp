// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>
#include <string>

#include "reduction/lines.hpp"
#include "report/figures.hpp"

namespace flopwatch::reduction {
namespace {

/// Whether each row and everything below was looked into in full.
std::vector<bool> exact_rows(analysis const& a) {
  auto const& rows = a.tree.rows;
  std::vector<bool> out(rows.size(), !report::lost_data(a));
  for (auto r = rows.size(); r-- > 0;) {
    auto const estimates = [&](std::size_t i) {
      auto const& call = a.capture.operator_calls[i];
      return call.is_estimate() && call.total.macs != 0;
    };
    auto const& calls = rows[r].operator_calls;
    if (rows[r].has_unsupported || rows[r].has_partly_counted ||
        std::any_of(calls.begin(), calls.end(), estimates)) {
      out[r] = false;
    }
    if (r != 0 && !out[r]) out[rows[r].parent] = false;
  }
  // What ran inside the scopes around a root is in the root's rows, too.
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (rows[r].inside) out[r] = out[r] && out[0];
  }
  return out;
}

void put_measured(table& t, wide_measured const& m, bool collected) {
  t.integer("launches", m.launches);
  t.integer("unmeasured_launches", m.unmeasured_launches);
  t.integer("reused_launches", m.reused_launches);
  t.integer("launches_in_scope_ranges", m.launches_in_ranges);
  t.integer("scope_range_launches", m.range_launches);
  t.integer("launches_without_tensor_metrics", m.launches_without_tensor_metrics);
  for (auto const c :
       {launch_class::multiply_add, launch_class::other, launch_class::outside, launch_class::range}) {
    auto const& flops = m.of(c);
    bool const there = collected && !flops.missing;
    auto const name = "measured_" + std::string(to_string(c)) + "_flops";
    t.wide(name, there ? std::optional(flops.floor) : std::nullopt);
    t.wide(name + "_ceiling", there ? std::optional(flops.ceiling) : std::nullopt);
  }
  t.real("reuse_bound_flops", m.reuse_bound_flops);
}

void put_formula(table& t, module_row const& row, row_comparison const& d, bool formula) {
  auto const if_asked = [&](std::int64_t v) { return formula ? std::optional(v) : std::nullopt; };
  t.integer("formula_macs", d.formula_macs);
  t.integer("formula_rule_macs", row.rule_macs);
  t.integer("formula_rule_operations", row.rule_operations);
  t.integer("formula_counted_macs", if_asked(row.walk_macs));
  t.integer("formula_counted_operations", if_asked(row.walk_operations));
}

/// The launches that were counted together are those that the row's scope ranges cover: without that a sum of
/// all launches would lack some or have some twice.
bool ranges_match(row_phases const& phases) {
  wide_measured all;
  for (auto const& sums : phases) all += sums.measured;
  return all.launches_in_ranges == all.range_launches;
}

}  // namespace

table scope_lines(reduced_from const& from) {
  table t("scopes");
  auto const exact = exact_rows(from.a);
  std::vector<std::int64_t> depth;
  for (std::size_t r = 0; r < from.a.tree.rows.size(); ++r) {
    auto const& row = from.a.tree.rows[r];
    bool const root = row.parent == module_row::npos;
    depth.push_back(root ? 0 : depth[row.parent] + 1);
    for (auto const p : all_phases) {
      auto const& sums = from.sums.rows[r][static_cast<std::size_t>(p)];
      bool const first = p == phase::forward;
      if (!first && sums == phase_sums{}) continue;
      put_place(t, from, r, p);
      t.integer("parent_row", root ? std::nullopt : std::optional(static_cast<std::int64_t>(row.parent)));
      t.integer("depth", depth[r]);
      t.text("label", row.label);
      t.text("type", row.type);
      t.boolean("outside", row.outside);
      t.boolean("around_root", row.inside.has_value());
      t.boolean("exact", exact[r]);
      t.integer("calls", first ? std::optional(row.calls) : std::nullopt);
      t.integer("parameters", first ? row.parameters : std::nullopt);
      t.boolean("ranges_match", ranges_match(from.sums.rows[r]));
      put_formula(t, first ? row : module_row{}, first ? from.a.differences.rows[r] : row_comparison{},
                  first && from.a.tree.has_formula);
      t.wide("operator_macs", sums.operators.macs);
      t.wide("operator_useful_macs", sums.operators.useful_macs);
      t.wide("operator_other_flops", sums.operators.other_flops);
      put_measured(t, sums.measured, from.sums.measured_collected);
    }
  }
  return t;
}

}  // namespace flopwatch::reduction
