// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "comparison/formula_side.hpp"

#include <utility>

#include <fmt/format.h>

#include "attribution/saturating.hpp"
#include "comparison/formula_causes.hpp"
#include "text/count_text.hpp"
#include "text/number_text.hpp"

namespace flopwatch::comparison_detail {
using text::counted;
using text::grouped;
namespace {

verdict make(verdict_kind kind, std::int64_t amount, std::size_t row, std::string cause, std::string remedy) {
  return {kind, columns::formula_operator, amount, row, std::move(cause), std::move(remedy)};
}

verdict children_beside_rule(context const& c, row_products const& p, std::size_t row) {
  auto const start = fmt::format("The rule of {} gave {} MACs and thop added {} MACs of the modules below it",
                                 c.name(row), grouped(p.own_rule), grouped(p.walk_below));
  if (!c.is_walked_through(row)) {
    return make(verdict_kind::children_beside_rule, p.walk_below, row,
                start + ", because they are registered elsewhere too, where this rule does not hide them.",
                "Register the module in one place only, or remove its work from the rule.");
  }
  auto const where = row == 0 ? "at the root" : "at a Sequential or ModuleList";
  return make(
      verdict_kind::children_beside_rule, p.walk_below, row,
      fmt::format("{}: a rule does not end thop's walk {}.", start, where),
      row == 0
          ? "Profile a wrapper that holds this module, or put the rule on a module that is neither the "
            "root nor a Sequential or ModuleList."
          : "Put the rule on a module that is neither the root nor a Sequential or ModuleList (do not derive "
            "this type from them).");
}

verdict shared(context const& c, row_products const& p, std::size_t row) {
  return make(
      verdict_kind::shared_module_repeated, saturating_sub(p.own_rule, p.rule), row,
      fmt::format(
          "{} is reached in several ways: thop attaches its rule once for each way and adds all calls each "
          "time, {} MACs here for {} MACs of this row's calls.",
          c.name(row), grouped(p.own_rule), grouped(p.rule)),
      "Register the module under one parent only, or use the operator column.");
}

}  // namespace

formula_findings formula_findings_of(context const& c, std::vector<row_products> const& products,
                                     std::size_t row) {
  auto const& p = products[row];
  formula_findings out;
  bool const ruled = c.is_ruled(row);
  // The root's rule does not count what ran outside every module.
  auto ran = p.forward;
  if (row == 0 && c.tree.rows.back().outside) ran = saturating_sub(ran, products.back().forward);
  // If a fused path did all the work in the row itself, a rule for the row's own products covers the modules
  // below.
  bool const for_self_alone = p.rule == p.forward_self && (p.fused.empty() || p.forward_self != ran);
  bool const stands_for_all = ruled && (!c.is_walked_through(row) || (p.own_rule != 0 && !for_self_alone));
  if (ruled && (stands_for_all || p.own_rule != 0) && p.own_rule != p.rule)
    out.own.push_back(shared(c, p, row));
  if (!stands_for_all) {
    if (p.forward_self != 0 && (p.own_rule == 0 || !ruled)) {
      for (auto& v : self_work_missed(c, p, row)) out.own.push_back(std::move(v));
    }
    return out;
  }

  out.goes_down = false;
  if (saturating_add(p.own_rule, p.walk_below) == ran) {
    out.own.clear();
    return out;
  }
  if (p.walk_below != 0) out.own.push_back(children_beside_rule(c, p, row));
  if (auto rest = explain_rule(c, products, row, p.rule, ran)) out.own.push_back(std::move(*rest));
  return out;
}

verdict called_from_elsewhere(context const& c, row_products const& p, std::size_t row) {
  return make(
      verdict_kind::functional_missed, saturating_sub(p.walk_total, p.forward), row,
      fmt::format(
          "{} did {} MACs for {}, which only refers to it; it is registered below a rule that ends the walk, "
          "so the formula does not count this call.",
          c.name(row), grouped(p.forward), c.name(c.row(row).parent)),
      "Register the module where it is called, or use the operator column.");
}

std::vector<verdict> incomplete_operators(context const& c, std::size_t row) {
  struct found {
    std::int64_t calls = 0;
    operator_call_record const* first = nullptr;
    std::size_t others = 0;
  };
  found unsupported;
  found partly;
  for (auto const i : c.row(row).operator_calls) {
    auto const& call = c.capture.operator_calls[i];
    if (call.status != operator_status::unsupported && call.status != operator_status::partly_counted)
      continue;
    auto& f = call.status == operator_status::unsupported ? unsupported : partly;
    f.calls = saturating_add(f.calls, call.calls);
    if (f.first == nullptr) {
      f.first = &call;
    } else if (call.name != f.first->name) {
      ++f.others;
    }
  }
  std::vector<verdict> out;
  auto const add = [&](found const& f, verdict_kind kind, char const* what) {
    if (f.first == nullptr) return;
    auto reason = why_uncounted(*f.first, f.others != 0);
    if (!f.first->note.empty()) reason.front() = 'T';
    out.push_back(make(kind, 0, row,
                       fmt::format("{} in {}: {}; {}.", reason, c.name(row), what, counted(f.calls, "call")),
                       count_it(*f.first)));
  };
  add(unsupported, verdict_kind::unsupported_operator, "its work is missing from the operator column");
  add(partly, verdict_kind::partly_counted, "some of its work may be missing");
  return out;
}

std::vector<verdict> other_phases(context const& c, row_products const& p, std::size_t row) {
  std::vector<verdict> out;
  if (p.recompute != 0) {
    out.push_back(make(verdict_kind::recompute, -p.recompute, row,
                       fmt::format("{} MACs of the forward pass of {} ran again in the backward pass "
                                   "(checkpointing); the formula counts one forward pass.",
                                   grouped(p.recompute), c.name_with_all_below(row)),
                       "Nothing is wrong: compare the forward pass alone, or use the operator column."));
  }
  if (p.backward != 0 || p.optimizer != 0) {
    auto const where = p.optimizer == 0  ? std::string("the backward pass")
                       : p.backward == 0 ? std::string("the optimizer")
                                         : fmt::format("the backward pass and the optimizer ({} of them)",
                                                       grouped(p.optimizer));
    auto const macs = saturating_add(p.backward, p.optimizer);
    out.push_back(make(verdict_kind::backward_not_in_formula, -macs, row,
                       fmt::format("{} MACs of {} ran in {}; the formula counts the forward pass only.",
                                   grouped(macs), c.name_with_all_below(row), where),
                       "Nothing is wrong: compare the forward pass alone, or use the operator column."));
  }
  return out;
}

}  // namespace flopwatch::comparison_detail
