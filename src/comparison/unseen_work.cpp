// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "comparison/unseen_work.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "attribution/saturating.hpp"
#include "text/number_text.hpp"

namespace flopwatch::comparison_detail {
using text::grouped;
namespace {

constexpr std::size_t names_listed = 3;
constexpr char const* call_itself =
    "Call the module itself, m(x), not a method of it or its weight. In C++ declare it through flopwatch::nn or "
    "FLOPWATCH_MODULE, and do not call the forward of its base class.";

verdict unseen(std::int64_t amount, std::size_t row, std::string cause, char const* remedy = call_itself) {
  return {verdict_kind::called_unseen, columns::formula_operator, amount, row, std::move(cause), remedy};
}

bool is_shown_by_size(module_row const& row) { return row.children.empty(); }

std::string names_of(context const& c, std::vector<std::size_t> const& rows) {
  std::string names;
  for (std::size_t i = 0; i < std::min(names_listed, rows.size()); ++i)
    names += (i == 0 ? "" : ", ") + c.name(rows[i]);
  if (rows.size() > names_listed) names += fmt::format(" and {} more", rows.size() - names_listed);
  return names;
}

/// Those of one size: their products cannot be distinguished.
std::string others_of_its_size(context const& c, row_products const& p, std::size_t first) {
  std::vector<std::size_t> others;
  for (auto const r : p.unseen) {
    auto const& row = c.row(r);
    if (r != first && is_shown_by_size(row) && row.ran_calls.empty() &&
        row.parameters == c.row(first).parameters) {
      others.push_back(r);
    }
  }
  return others.empty() ? "" : fmt::format(", or that of {}", names_of(c, others));
}

/// The work can as well be that of a module that opens no scope: it is the likelier one.
bool can_be_unscoped(context const& c, row_products const& p, std::size_t row) {
  return std::any_of(p.unscoped.begin(), p.unscoped.end(),
                     [&](auto r) { return c.row(r).parameters == c.row(row).parameters; });
}

std::string has_no_call(context const& c, std::size_t row) {
  return fmt::format(
      "{}, which has no call: its forward() was called directly, or its weight was used, past its hooks, it seems",
      c.name(row));
}

}  // namespace

std::vector<verdict> work_called_past(context const& c, row_products const& p, std::size_t row) {
  std::vector<verdict> all;
  for (auto const r : p.unseen) {
    if (can_be_unscoped(c, p, r)) continue;
    auto const& calls = c.row(r).ran_calls;
    std::int64_t macs = 0;
    for (auto const i : calls) macs = saturating_add(macs, c.capture.operator_calls[i].total.macs);
    if (macs == 0) continue;
    all.push_back(unseen(
        -macs, r,
        fmt::format(
            "{} MACs in {} ({}) have operands of the size of the parameters of {}{}. No rule was asked "
            "about them.",
            grouped(macs), c.name(row), context::call_name(c.capture.operator_calls[calls.front()]),
            has_no_call(c, r), others_of_its_size(c, p, r))));
  }
  return all;
}

std::optional<verdict> work_of_methods(context const& c, row_products const& p, std::size_t row,
                                       std::int64_t macs) {
  auto const found =
      std::find_if(p.unseen.begin(), p.unseen.end(), [&](auto r) { return !is_shown_by_size(c.row(r)); });
  if (found == p.unseen.end()) return std::nullopt;
  return unseen(
      -macs, *found,
      fmt::format("{} MACs in {} ({}) can be the work of {}: modules below it were called and it was not, "
                  "so that a method of it was called directly, past its hooks, it seems.",
                  grouped(macs), c.name(row), products_by_operator(c, row), c.name(*found)));
}

verdict ran_unseen(context const& c, std::size_t row) {
  auto const& it = c.row(row);
  if (it.fused_by_compiler) {
    return unseen(
        0, row,
        fmt::format("{} ran, if it did, in a compiled region of {}: modules inside open no scope, and their "
                    "work is in that row.",
                    c.name(row), c.name(it.fused_into)),
        "Nothing is wrong: compare the columns in that row, or run without compiling.");
  }
  if (is_shown_by_size(it)) {
    return unseen(0, row,
                  fmt::format("Products in {} have operands of the size of the parameters of {}.",
                              c.name(it.ran_in), has_no_call(c, row)));
  }
  return unseen(
      0, row,
      fmt::format("{} has no call, but modules below it have: a method of it was called directly, past its "
                  "hooks, it seems, and its own work is in {}.",
                  c.name(row), c.name(it.ran_in)));
}

std::string modules_without_scope(context const& c, row_products const& p, bool also_ruled) {
  std::vector<std::size_t> rows;
  std::copy_if(p.unscoped.begin(), p.unscoped.end(), std::back_inserter(rows),
               [&](auto r) { return also_ruled || !c.is_ruled(r); });
  return names_of(c, rows);
}

}  // namespace flopwatch::comparison_detail
