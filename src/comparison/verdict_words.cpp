// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/comparison.hpp"

namespace flopwatch {
namespace {

struct words {
  verdict_kind kind;
  std::string_view name;
  std::string_view short_text;
};

constexpr std::array<words, verdict_kind_count> table{{
    {verdict_kind::agrees, "agrees", "agrees"},
    {verdict_kind::equal_as_counted, "equal_as_counted", "equal as counted"},
    {verdict_kind::no_rule, "no_rule", "no rule"},
    {verdict_kind::functional_missed, "functional_missed", "functional work missed"},
    {verdict_kind::children_beside_rule, "children_beside_rule", "children counted beside a rule"},
    {verdict_kind::rule_sees_fewer_calls, "rule_sees_fewer_calls", "rule sees fewer calls"},
    {verdict_kind::rule_sees_more_calls, "rule_sees_more_calls", "rule sees more calls"},
    {verdict_kind::shared_module_repeated, "shared_module_repeated", "shared module repeated"},
    {verdict_kind::rule_wrong_factor, "rule_wrong_factor", "rule wrong by a factor"},
    {verdict_kind::rule_wrong, "rule_wrong", "rule wrong"},
    {verdict_kind::unsupported_operator, "unsupported_operator", "unsupported operator"},
    {verdict_kind::partly_counted, "partly_counted", "partly counted"},
    {verdict_kind::formula_incomplete, "formula_incomplete", "formula incomplete"},
    {verdict_kind::backward_not_in_formula, "backward_not_in_formula", "backward not in formula"},
    {verdict_kind::not_called_fused, "not_called_fused", "not called (fused)"},
    {verdict_kind::called_unseen, "called_unseen", "called unseen"},
    {verdict_kind::padding_or_extra_work, "padding_or_extra_work", "padding or extra work"},
    {verdict_kind::fewer_than_formula, "fewer_than_formula", "fewer than formula"},
    {verdict_kind::recompute, "recompute", "recompute"},
    {verdict_kind::arithmetic_not_seen, "arithmetic_not_seen", "arithmetic these counters do not see"},
    {verdict_kind::tensor_work_not_collected, "tensor_work_not_collected", "tensor work not collected"},
    {verdict_kind::kernel_outside_dispatcher, "kernel_outside_dispatcher", "kernel outside the dispatcher"},
    {verdict_kind::half_run_as_fma, "half_run_as_fma", "half add or mul run as FMA"},
    {verdict_kind::unexplained, "unexplained", "unexplained"},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (static_cast<std::size_t>(table[i].kind) != i) return false;
  }
  return true;
}
static_assert(in_order());

}  // namespace

std::string_view to_string(verdict_kind k) noexcept { return table[static_cast<std::size_t>(k)].name; }

std::string_view short_text(verdict_kind k) noexcept { return table[static_cast<std::size_t>(k)].short_text; }

}  // namespace flopwatch
