// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "comparison/fused_path.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "attribution/saturating.hpp"
#include "text/count_text.hpp"
#include "text/number_text.hpp"

namespace flopwatch::comparison_detail {
using text::counted;
using text::grouped;
namespace {

constexpr std::size_t most_named = 3;

/// "layer (TransformerEncoderLayer) did its work in its own operators (130 MACs: aten::addmm 120, ...)"
std::string did(context const& c, std::size_t row, std::string_view what) {
  auto const macs = c.row(row).self_by_phase[phase::forward].macs;
  auto const how = macs == 0 ? std::string(", which were not counted in full")
                             : fmt::format(" ({} MACs: {})", grouped(macs), products_by_operator(c, row));
  return fmt::format("{} did {} in its own operators{}", c.name(row), what, how);
}

/// Names a type and no path, so that the verdicts of equal blocks are shown together.
std::string compare_above(context const& c, std::size_t row) {
  return fmt::format(
      "Nothing is wrong: its work is in the row of the {} above it. Compare the columns there.", c.type(row));
}

}  // namespace

std::optional<verdict> calls_not_made(context const& c, std::size_t row, std::int64_t rule_macs,
                                      std::int64_t operator_macs) {
  auto const& it = c.row(row);
  if (!differs_by_calls(it, rule_macs, operator_macs)) return std::nullopt;
  auto const amount = saturating_sub(rule_macs, operator_macs);
  auto const calls =
      it.calls == 0 ? std::string("did not call it") : fmt::format("called it {}", counted(it.calls, "time"));
  auto const both =
      fmt::format("The formula counts {} MACs in {} for {} in its own forward; the recorded forward {}",
                  grouped(rule_macs), c.name(row), counted(it.rule_calls, "call"), calls);
  if (it.fused_by_compiler) {
    return verdict{
        verdict_kind::called_unseen,
        columns::formula_operator,
        amount,
        row,
        fmt::format("The formula counts {} MACs in {} for {} in its own forward, which runs uncompiled; the "
                    "recorded forward ran a compiled region of {}, in which modules open no scope.",
                    grouped(rule_macs), c.name(row), counted(it.rule_calls, "call"), c.name(it.fused_into)),
        compare_above(c, it.fused_into)};
  }
  if (it.fused_into != module_row::npos) {
    return verdict{
        verdict_kind::not_called_fused,
        columns::formula_operator,
        amount,
        row,
        fmt::format("{}: {}.", both, did(c, it.fused_into, it.calls == 0 ? "its work" : "the rest")),
        compare_above(c, it.fused_into)};
  }
  return verdict{
      verdict_kind::rule_sees_more_calls,
      columns::formula_operator,
      amount,
      row,
      fmt::format("{}, and the module around it did not do its work instead.", both),
      "Find out why the two forwards differ. The formula's runs in evaluation mode, as the baseline's does; "
      "training mode, a random choice or the module's state can skip the call."};
}

verdict work_stands_above(context const& c, std::size_t row) {
  auto const above = c.row(row).fused_into;
  return {verdict_kind::not_called_fused,
          columns::formula_operator,
          0,
          row,
          fmt::format("{} was not called: {}.", c.name(row), did(c, above, "its work")),
          compare_above(c, above)};
}

std::string holds_fused(context const& c, row_products const& p) {
  if (p.fused.empty()) return {};
  std::string names;
  for (std::size_t i = 0; i < std::min(most_named, p.fused.size()); ++i) {
    names += (i == 0 ? "" : ", ") + c.name(p.fused[i]);
  }
  if (p.fused.size() > most_named) names += fmt::format(" and {} more", p.fused.size() - most_named);
  bool const one = p.fused.size() == 1;
  bool const never = std::all_of(p.fused.begin(), p.fused.end(), [&](auto r) { return c.row(r).calls == 0; });
  bool const compiled =
      std::all_of(p.fused.begin(), p.fused.end(), [&](auto r) { return c.row(r).fused_by_compiler; });
  return fmt::format(" They include the work of {} below it that {} {}, {} MACs by the formula: {}.",
                     counted(static_cast<std::int64_t>(p.fused.size()), "module"), one ? "was" : "were",
                     compiled ? "compiled with it"
                     : never  ? "not called (fused)"
                              : "not always called (fused)",
                     grouped(p.fused_macs), names);
}

}  // namespace flopwatch::comparison_detail
