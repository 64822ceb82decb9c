// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <fmt/format.h>

#include "attribution/saturating.hpp"
#include "comparison/formula_causes.hpp"
#include "comparison/fused_path.hpp"
#include "comparison/unseen_work.hpp"
#include "flopwatch/diagnostics.hpp"
#include "text/number_text.hpp"

namespace flopwatch::comparison_detail {
using text::grouped;
namespace {

struct reason {
  verdict_kind kind;
  std::string cause;
  std::string remedy;
};

/// The row of a module that was called and is not of the watched tree; a plain scope has a name of its own.
bool is_unregistered(module_row const& row) { return row.path.ends_with('(' + row.type + ')'); }

reason why(context const& c, row_products const& p, std::size_t row, std::int64_t own_macs) {
  auto const& it = c.row(row);
  auto const* const m = c.module_of(row);
  auto const macs = grouped(own_macs);
  auto const operators = products_by_operator(c, row);
  if (it.outside) {
    return {verdict_kind::functional_missed,
            fmt::format("{} MACs ran outside every module ({}), where no module rule sees them.", macs,
                        operators),
            "Do this work inside the model, or subtract it before comparing."};
  }
  if (p.holds_unseen_rule && c.has_loss(loss::module_without_scope.name)) {
    return {
        verdict_kind::formula_incomplete,
        fmt::format("{} MACs in {} ({}) can include the work of modules below it that open no scope ({}), so "
                    "their calls were not seen.",
                    macs, c.name(row), operators, modules_without_scope(c, p, true)),
        "Declare these modules with flopwatch::nn or flopwatch::scoped."};
  }
  if (auto const unscoped = modules_without_scope(c, p, false); m != nullptr && !unscoped.empty()) {
    return {
        verdict_kind::called_unseen,
        fmt::format(
            "{} MACs in {} ({}) are its own, or the work of modules below it that open no scope ({}): they "
            "cannot be distinguished.",
            macs, c.name(row), operators, unscoped),
        "Declare these modules with FLOPWATCH_MODULE, flopwatch::nn or flopwatch::scoped."};
  }
  if (m == nullptr && is_unregistered(it)) {
    return {
        verdict_kind::no_rule,
        fmt::format(
            "{} did {} MACs ({}); the module was called, but it is not registered below the root (kept in "
            "a list or a closure, say, or added after the tree was read), so thop never visits it.",
            c.name(row), macs, operators),
        "Register it with its parent (a ModuleList instead of a list), or use the operator column."};
  }
  if (m == nullptr) {
    return {
        verdict_kind::functional_missed,
        fmt::format(
            "{} did {} MACs ({}); it is not a module of the watched tree, and module rules see only modules.",
            c.name(row), macs, operators),
        "Do this work in a module with a rule, or use the operator column."};
  }
  if (it.path_id == 0) {
    return {
        verdict_kind::no_rule,
        fmt::format("{} did {} MACs ({}), but it is not registered below the root, so thop never visits it.",
                    c.name(row), macs, operators),
        "Register it with its parent, or use the operator column."};
  }
  // thop's rule for Sequential gives 0 because the modules in it are counted one by one. A user's rule is for
  // all of them.
  bool const gives_way = m->rule == rule_origin::thop && m->transparent;
  if (m->rule != rule_origin::none && !gives_way) {
    return {verdict_kind::rule_wrong,
            fmt::format("The rule of {} gave 0 MACs, but its own forward did {} MACs ({}).", c.name(row),
                        macs, operators),
            fmt::format("Let the rule of {} count them.", c.type(row))};
  }
  if (!gives_way && (m->library_type || it.children.empty())) {
    return {verdict_kind::no_rule,
            fmt::format("{} has no rule and did {} MACs ({}).", c.name(row), macs, operators),
            fmt::format("Give {} a rule in custom_ops, or use the operator column.", c.type(row))};
  }
  auto const remedy =
      c.is_walked_through(row)
          ? fmt::format(
                "Move these products into their own module with a rule, or give {} a rule for them alone: "
                "thop adds the child modules to it.",
                c.type(row))
          : fmt::format(
                "Give {} a rule in custom_ops for its whole forward (thop then skips its child modules), or "
                "use the operator column.",
                c.type(row));
  return {verdict_kind::functional_missed,
          fmt::format(
              "The forward of {} did {} MACs itself, outside its child modules ({}); module rules do not see "
              "them.",
              c.name(row), macs, operators),
          remedy};
}

}  // namespace

std::vector<verdict> self_work_missed(context const& c, row_products const& p, std::size_t row) {
  auto all = work_called_past(c, p, row);
  auto rest = p.forward_self;
  for (auto const& v : all) rest = saturating_add(rest, v.amount);
  if (rest == 0) return all;
  if (auto of_a_method = work_of_methods(c, p, row, rest)) {
    all.push_back(*std::move(of_a_method));
    return all;
  }
  auto r = why(c, p, row, rest);
  r.cause += holds_fused(c, p);
  all.push_back({r.kind, columns::formula_operator, -rest, row, std::move(r.cause), std::move(r.remedy)});
  return all;
}

}  // namespace flopwatch::comparison_detail
