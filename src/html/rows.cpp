// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "html/side.hpp"
#include "report/figures.hpp"
#include "report/table_rows.hpp"
#include "report/verdict_cell.hpp"

namespace flopwatch::html {
namespace {

/// By what a row is coloured; the script has the same numbers.
enum class tone : std::uint8_t { nothing, agrees, as_counted, here, below, unknown, not_called };

tone tone_of(row_comparison const& compared, std::size_t row, report::silence silent) {
  if (silent == report::silence::not_seen) return tone::unknown;
  if (silent != report::silence::none) return tone::not_called;
  if (compared.verdicts.empty()) return tone::nothing;
  auto worst = tone::agrees;
  for (auto const& v : compared.verdicts) {
    switch (v.kind) {
      case verdict_kind::unexplained:
      case verdict_kind::unsupported_operator:
      case verdict_kind::partly_counted:
      case verdict_kind::formula_incomplete:
      case verdict_kind::tensor_work_not_collected:
        return tone::unknown;
      case verdict_kind::agrees:
        break;
      case verdict_kind::equal_as_counted:
        if (worst == tone::agrees) worst = tone::as_counted;
        break;
      default:
        if (v.row == row) worst = tone::here;
        if (worst != tone::here) worst = tone::below;
    }
  }
  return worst;
}

/// -1 where the path is that of the row above and the label.
std::int64_t path_of(analysis const& a, std::size_t i, string_table& strings) {
  auto const& r = a.tree.rows[i];
  if (i == 0 || r.parent >= i) return strings.at(r.path);
  auto const& above = a.tree.rows[r.parent].path;
  auto const expected = above.empty() ? r.label : above + "." + r.label;
  return r.path == expected ? -1 : strings.at(r.path);
}

std::string label_of(analysis const& a, std::size_t i) {
  auto const& r = a.tree.rows[i];
  return i == 0 || r.outside ? report::scope_name(a, r) : r.label;
}

int flags_of(module_row const& r, row_comparison const& d) {
  return (r.outside ? 1 : 0) | (r.inside ? 2 : 0) | (d.formula_hidden ? 4 : 0) | (r.has_unsupported ? 8 : 0) |
         (r.has_partly_counted ? 16 : 0);
}

using number = std::optional<std::int64_t>;

/// Sums modulo 2^64.
std::int64_t plus(std::int64_t a, std::int64_t b) { return apart(a, apart(0, b)); }
std::int64_t flops_of(std::int64_t macs, std::int64_t other) { return plus(plus(macs, macs), other); }

/// Figures of a column that was not collected are null, never 0.
number only_if(bool known, number const& v) { return known ? v : number(); }

void add_work(table& to, attribution const& tree, module_row const& r) {
  auto const seen = [&](std::int64_t n) { return only_if(tree.has_operators, n); };
  work sum;
  for (std::size_t p = 0; p < all_phases.size(); ++p) {
    auto const& w = r.shown_by_phase()[all_phases[p]];
    auto const name = fmt::format("p{}", p);
    to[name + "macs"].add(seen(w.macs));
    to[name + "useful"].add(seen(w.useful_macs), w.macs);
    to[name + "other"].add(seen(w.other_flops));
    sum.macs = plus(sum.macs, w.macs);
    sum.useful_macs = plus(sum.useful_macs, w.useful_macs);
    sum.other_flops = plus(sum.other_flops, w.other_flops);
  }
  to["macs"].add(seen(r.shown_total().macs), sum.macs);
  to["useful"].add(seen(r.shown_total().useful_macs), sum.useful_macs);
  to["other"].add(seen(r.shown_total().other_flops), sum.other_flops);
  to["selfmacs"].add(seen(r.self.macs), r.shown_total().macs);
}

/// FLOPs that the shapes lead to expect of a part; 0 for those that take counters.
std::int64_t expected_part(module_row const& r, executed_part part) {
  std::int64_t out = 0;
  for (auto const p : all_phases) {
    auto const& w = r.shown_by_phase()[p];
    bool const again = p == phase::recompute;
    if (again && part == executed_part::recompute) out = plus(out, flops_of(w.macs, w.other_flops));
    if (again) continue;
    if (part == executed_part::useful) out = plus(out, flops_of(w.useful_macs, 0));
    if (part == executed_part::masked) out = plus(out, flops_of(apart(w.macs, w.useful_macs), 0));
    if (part == executed_part::other) out = plus(out, w.other_flops);
  }
  return out;
}

/// \returns the sum of the parts, 0 without them
std::int64_t add_executed(table& to, module_row const& r, executed_work const* e) {
  std::int64_t sum = 0;
  for (std::size_t p = 0; p < all_executed_parts.size(); ++p) {
    auto const part = all_executed_parts[p];
    to[fmt::format("x{}", p)].add(e == nullptr ? number() : e->flops[part], expected_part(r, part));
    if (e != nullptr) sum = plus(sum, e->flops[part]);
  }
  to["xsum"].add(e == nullptr ? number() : e->flops.total(), sum);
  to["xmeasured"].add(e != nullptr && e->measured ? 1 : 0);
  return e == nullptr ? 0 : e->flops.total();
}

void add_measured(table& to, attribution const& tree, module_row const& r, std::int64_t executed) {
  auto const& m = r.shown_measured();
  bool const classes = tree.measured_collected && tree.has_operators;
  auto const all = only_if(tree.measured_collected, m.shown_total_flops());
  auto const other = only_if(classes, m.shown_other_flops());
  auto const outside = only_if(classes, m.shown_outside_flops());
  to["mall"].add(all, executed);
  to["mother"].add(other, r.shown_total().other_flops);
  to["moutside"].add(outside);
  to["mmul"].add(only_if(classes, m.shown_multiply_add_flops()),
                 apart(apart(all.value_or(0), other.value_or(0)), outside.value_or(0)));
  bool const watched = tree.measured_collected || tree.measured_total.launches > 0;
  to["launches"].add(only_if(watched, m.launches));
  to["unmeasured"].add(only_if(watched, m.unmeasured_launches));
  to["lacktensor"].add(r.measured_self.launches_without_tensor_metrics);
  to["maytensor"].add(r.measured_self.outside_without_tensor_metrics);
}

void add_formula(table& to, module_row const& r, row_comparison const& d) {
  auto const formula = d.formula_macs.value_or(0);
  to["formula"].add(d.formula_macs);
  to["rulemacs"].add(r.rule_macs, formula);
  to["ruleops"].add(r.rule_operations);
  to["rulecalls"].add(r.rule_calls);
  to["walkmacs"].add(number(r.walk_macs), formula);
  to["walkops"].add(r.walk_operations);
}

/// How far the columns are from each other.
void add_differences(table& to, attribution const& tree, module_row const& r, row_comparison const& d) {
  auto const& w = r.shown_total();
  auto const all = tree.measured_collected ? r.shown_measured().shown_total_flops() : number();
  to["fdiff"].add(d.formula_minus_operator, apart(d.formula_macs.value_or(0), w.macs));
  to["mdiff"].add(d.measured_minus_operator, apart(all.value_or(0), flops_of(w.macs, w.other_flops)));
}

}  // namespace

std::string rows_json(side const& s, string_table& strings) {
  auto const& a = s.a;
  auto const silent = report::silences(a);
  table out;
  for (std::size_t i = 0; i < a.tree.rows.size(); ++i) {
    auto const& r = a.tree.rows[i];
    auto const& d = a.differences.rows.at(i);
    out["parent"].add(i == 0 ? -1 : static_cast<std::int64_t>(r.parent < i ? r.parent : 0));
    out["label"].add(strings.at(label_of(a, i)));
    out["path"].add(path_of(a, i, strings));
    out["type"].add(strings.at(r.type));
    out["calls"].add(r.calls);
    out["parameters"].add(r.parameters);
    out["flags"].add(flags_of(r, d));
    add_formula(out, r, d);
    add_work(out, a.tree, r);
    auto const executed_flops = add_executed(out, r, i < s.executed.size() ? &s.executed[i] : nullptr);
    add_measured(out, a.tree, r, executed_flops);
    add_differences(out, a.tree, r, d);
    auto const said = report::verdict_of_row(d.verdicts, i, silent[i]);
    out["verdict"].add(strings.at(said.cell.text + said.cell.tail));
    out["tone"].add(static_cast<std::int64_t>(tone_of(d, i, silent[i])));
  }
  return out.json(a.tree.rows.size());
}

}  // namespace flopwatch::html
