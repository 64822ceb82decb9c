// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "comparison/row_products.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "attribution/saturating.hpp"
#include "text/number_text.hpp"

namespace flopwatch::comparison_detail {
using text::grouped;
namespace {

void add_to(std::int64_t& sum, std::int64_t amount) { sum = saturating_add(sum, amount); }

void take_own(context const& c, std::size_t r, row_products& p) {
  auto const& row = c.row(r);
  p.forward_self = row.self_by_phase[phase::forward].macs;
  p.recompute = row.self_by_phase[phase::recompute].macs;
  p.backward = row.self_by_phase[phase::backward].macs;
  p.optimizer = row.self_by_phase[phase::optimizer].macs;
  if (row.has_unsupported) p.unsupported = r;
  if (row.has_partly_counted) p.partly_counted = r;
  if (c.lost_answers() && c.is_ruled(r) && row.rule_calls < row.calls) p.unanswered = r;
  p.forward = p.forward_self;
  if (c.is_ruled(r)) p.rule = row.rule_macs.value_or(0);
  p.own_rule = row.hidden ? p.rule : row.walk_macs;
  p.formula = p.own_rule;
  p.walk_total = row.walk_macs;
}

bool walk_ends_at(context const& c, std::size_t row) { return c.is_ruled(row) && !c.is_walked_through(row); }

/// What a child's formula adds to its parent's. A rule ends the walk, except for what the walk reaches
/// by another way; a child that is hidden while its caller is not (called from elsewhere) adds nothing.
std::int64_t formula_for_parent(context const& c, std::size_t parent, std::size_t child,
                                row_products const& p) {
  bool const called_from_elsewhere = c.row(child).hidden && !c.row(parent).hidden;
  return walk_ends_at(c, parent) || called_from_elsewhere ? p.walk_total : p.formula;
}

void give_to_parent(context const& c, std::size_t r, std::vector<row_products>& all) {
  auto const& p = all[r];
  auto const parent = c.row(r).parent;
  auto& above = all[parent];
  add_to(above.forward, p.forward);
  add_to(above.recompute, p.recompute);
  add_to(above.backward, p.backward);
  add_to(above.optimizer, p.optimizer);
  add_to(above.walk_total, p.walk_total);
  auto const below = formula_for_parent(c, parent, r, p);
  add_to(above.walk_below, below);
  add_to(above.formula, below);
  // Rows come from the last to the first, so the first one stays.
  if (p.unsupported != module_row::npos && above.unsupported != parent) above.unsupported = p.unsupported;
  if (p.partly_counted != module_row::npos && above.partly_counted != parent) {
    above.partly_counted = p.partly_counted;
  }
  if (p.unanswered != module_row::npos && above.unanswered != parent && !walk_ends_at(c, parent)) {
    above.unanswered = p.unanswered;
  }
  auto const* const m = c.module_of(r);
  if (m != nullptr && !m->opens_scope && (c.is_ruled(r) || p.holds_unseen_rule))
    above.holds_unseen_rule = true;
}

void list_fused(context const& c, std::vector<row_products>& all) {
  for (std::size_t r = 0; r < all.size(); ++r) {
    auto const& row = c.row(r);
    if (row.fused_into == module_row::npos || row.hidden) continue;
    if (!differs_by_calls(row, all[r].rule, all[r].forward)) continue;
    auto& above = all[row.fused_into];
    above.fused.push_back(r);
    add_to(above.fused_macs, saturating_sub(all[r].rule, all[r].forward));
  }
}

/// It can do work: containers and layers without parameters are left out.
bool can_work_unscoped(module_record const& m) {
  return !m.opens_scope && !m.transparent && (m.parameters > 0 || !m.library_type);
}

void list_unseen(context const& c, std::vector<row_products>& all) {
  std::vector<std::size_t> caller(all.size(), 0);
  for (std::size_t r = 0; r < all.size(); ++r) {
    auto const& row = c.row(r);
    if (r != 0) caller[r] = c.row(row.parent).calls > 0 ? row.parent : caller[row.parent];
    if (row.ran_in != module_row::npos) all[row.ran_in].unseen.push_back(r);
    auto const* const m = c.module_of(r);
    if (r != 0 && m != nullptr && row.calls == 0 && can_work_unscoped(*m))
      all[caller[r]].unscoped.push_back(r);
  }
}

}  // namespace

bool differs_by_calls(module_row const& row, std::int64_t rule_macs, std::int64_t operator_macs) {
  if (row.rule_calls <= row.calls || rule_macs == operator_macs) return false;
  if (row.calls == 0) return operator_macs == 0;
  return rule_macs % row.rule_calls == 0 && rule_macs / row.rule_calls * row.calls == operator_macs;
}

std::vector<row_products> products_of_rows(context const& c) {
  std::vector<row_products> all(c.tree.rows.size());
  for (std::size_t r = 0; r < all.size(); ++r) take_own(c, r, all[r]);
  for (auto r = all.size(); r-- > 1;) give_to_parent(c, r, all);
  list_fused(c, all);
  list_unseen(c, all);
  return all;
}

std::string products_by_operator(context const& c, std::size_t row) {
  std::map<std::string, std::int64_t> sums;
  for (auto const i : c.row(row).operator_calls) {
    auto const& call = c.capture.operator_calls[i];
    if (call.phase == phase::forward && call.total.macs > 0) add_to(sums[call.name], call.total.macs);
  }
  std::vector<std::pair<std::string, std::int64_t>> largest(sums.begin(), sums.end());
  std::stable_sort(largest.begin(), largest.end(),
                   [](auto const& a, auto const& b) { return a.second > b.second; });
  std::string text;
  constexpr std::size_t shown = 3;
  for (std::size_t i = 0; i < std::min(shown, largest.size()); ++i) {
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ", largest[i].first, grouped(largest[i].second));
  }
  if (largest.size() > shown) text += fmt::format(" and {} more", largest.size() - shown);
  return text;
}

}  // namespace flopwatch::comparison_detail
