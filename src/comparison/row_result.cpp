// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "comparison/row_result.hpp"

#include <set>
#include <utility>

#include <fmt/format.h>

#include "attribution/saturating.hpp"
#include "comparison/formula_side.hpp"
#include "comparison/fused_path.hpp"
#include "comparison/tolerance.hpp"
#include "comparison/unseen_work.hpp"
#include "comparison/wholeness.hpp"
#include "flopwatch/diagnostics.hpp"
#include "text/number_text.hpp"

namespace flopwatch::comparison_detail {
using text::grouped;
namespace {

using verdicts = std::vector<verdict>;

verdicts written(verdict_list const& list, verdict_list::pool const& pool, context const& c) {
  verdicts out;
  out.reserve(list.items().size());
  for (auto const& i : list.items()) out.push_back(written(i, pool, c));
  return out;
}

/// What the verdicts do not explain, as one more.
void add_rest(verdicts& all, columns between, std::int64_t difference, std::size_t row, context const& c) {
  for (auto const& v : all) difference = saturating_sub(difference, v.amount);
  if (difference == 0) return;
  all.push_back(
      {verdict_kind::unexplained, between, difference, row,
       fmt::format("{} {} of {} have no explanation.", grouped(difference),
                   between == columns::formula_operator ? "MACs" : "FLOPs", c.name_with_all_below(row)),
       "This should not happen: please report it with the capture."});
}

verdict agreement(context const& c, row_products const& p, std::size_t row) {
  auto const* const m = c.module_of(row);
  bool const unseen = c.is_ruled(row) && !m->opens_scope && c.row(row).calls == 0;
  if (unseen && c.has_loss(loss::module_without_scope.name)) {
    return {
        verdict_kind::formula_incomplete,
        columns::formula_operator,
        0,
        row,
        fmt::format(
            "{} opens no scope: its calls were not seen, and its work is counted in the module around it.",
            c.name(row)),
        "Declare it with flopwatch::nn or flopwatch::scoped."};
  }
  if (c.row(row).fused_by_compiler || c.row(row).ran_in != module_row::npos) return ran_unseen(c, row);
  if (c.row(row).calls == 0 && c.row(row).fused_into != module_row::npos) return work_stands_above(c, row);
  auto const unknown = not_looked_into(c, p, columns::formula_operator);
  if (!unknown.empty()) {
    return {verdict_kind::equal_as_counted,
            columns::formula_operator,
            0,
            row,
            fmt::format("Formula and operators are both {} MACs in {} as far as they were counted: {}.",
                        grouped(p.formula), c.name_with_all_below(row), unknown),
            ""};
  }
  return {verdict_kind::agrees,
          columns::formula_operator,
          0,
          row,
          p.formula == 0 ? fmt::format("No products in {}, neither by formula nor by operator.",
                                       c.name_with_all_below(row))
                         : fmt::format("Formula and operators agree in {}: {} MACs.",
                                       c.name_with_all_below(row), grouped(p.formula)),
          ""};
}

verdicts formula_verdicts(context const& c, row_products const& p, std::size_t row, row_comparison const& r,
                          row_lists const& lists, verdict_list::pool const& pool) {
  verdicts all;
  if (c.tree.has_formula && c.row(row).hidden) {
    // A rule above covers this row, so a rule that is missing or wrong here changes nothing.
    bool const answered = c.is_ruled(row) && c.row(row).rule_macs.has_value();
    if (answered && p.formula == p.forward) {
      all.push_back(agreement(c, p, row));
      auto const kind = all.back().kind;
      if (kind != verdict_kind::agrees && kind != verdict_kind::equal_as_counted) all.clear();
    }
  } else if (c.tree.has_formula) {
    all = written(lists.formula, pool, c);
    for (auto& v : other_phases(c, p, row)) all.push_back(std::move(v));
    add_rest(all, columns::formula_operator, *r.formula_minus_operator, row, c);
    sort_by_size(all);
    bool const nothing_ran = p.formula == 0 && r.operator_macs == 0;
    if (all.empty() && !(nothing_ran && !lists.listed.items().empty())) all.push_back(agreement(c, p, row));
  }
  // An operator that explains an amount is listed with it already.
  std::set<std::pair<verdict_kind, std::size_t>> said;
  for (auto const& v : all) said.emplace(v.kind, v.row);
  auto listed = written(lists.listed, pool, c);
  sort_by_size(listed);
  for (auto& v : listed) {
    if (!said.contains({v.kind, v.row})) all.push_back(std::move(v));
  }
  return all;
}

/// The counters read what the shapes need, or a little more.
verdict measured_agreement(context const& c, row_products const& p, std::size_t row, std::int64_t surplus) {
  auto cause = surplus == 0
                   ? fmt::format("The counters read what the shapes of {} need.", c.name_with_all_below(row))
                   : fmt::format("Counters up to {} % above what the shapes need agree: {} FLOPs in {}.",
                                 tolerated_percent, grouped(surplus), c.name_with_all_below(row));
  auto const unknown = not_looked_into(c, p, columns::measured_operator);
  if (!unknown.empty()) cause += fmt::format(" But the operator column may lack work: {}.", unknown);
  return {unknown.empty() ? verdict_kind::agrees : verdict_kind::equal_as_counted,
          columns::measured_operator,
          surplus,
          row,
          std::move(cause),
          ""};
}

verdicts measured_verdicts(context const& c, row_products const& p, std::size_t row, row_comparison const& r,
                           row_lists const& lists, verdict_list::pool const& pool) {
  auto all = written(lists.measured, pool, c);
  bool const agrees = all.empty();
  if (agrees || lists.within_tolerance != 0) {
    all.push_back(measured_agreement(c, p, row, lists.within_tolerance));
  }
  add_rest(all, columns::measured_operator, *r.measured_minus_operator, row, c);
  sort_by_size(all);
  return all;
}

}  // namespace

row_comparison row_result(context const& c, row_products const& p, std::size_t row, row_lists const& lists,
                          verdict_list::pool const& pool) {
  auto const& it = c.row(row);
  row_comparison r;
  r.operator_macs = it.total.macs;
  if (c.tree.has_formula) {
    r.formula_macs = p.formula;
    r.formula_hidden = it.hidden;
    if (c.tree.has_operators) r.formula_minus_operator = saturating_sub(p.formula, it.total.macs);
  }
  if (c.tree.measured_collected) r.measured_total_flops = it.measured.shown_total_flops();
  if (!c.tree.has_operators) return r;
  r.verdicts = formula_verdicts(c, p, row, r, lists, pool);
  if (!c.tree.measured_collected) return r;
  r.measured_flops = it.measured.shown_multiply_add_flops();
  auto const total = it.measured.total_flops();
  if (!total) return r;
  r.measured_minus_operator =
      saturating_sub(*total, saturating_add(saturating_flops(it.total), it.total.other_flops));
  for (auto& v : measured_verdicts(c, p, row, r, lists, pool)) r.verdicts.push_back(std::move(v));
  return r;
}

}  // namespace flopwatch::comparison_detail
