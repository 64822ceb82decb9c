// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "comparison/wholeness.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace flopwatch::comparison_detail {
namespace {

void add(std::string& clauses, std::string const& clause) {
  clauses += (clauses.empty() ? "" : "; ") + clause;
}

std::string uncounted_in(context const& c, std::size_t row, operator_status status) {
  auto const& calls = c.row(row).operator_calls;
  auto const found = std::find_if(calls.begin(), calls.end(), [&](std::size_t i) {
    return c.capture.operator_calls[i].status == status;
  });
  if (found == calls.end()) return fmt::format("an operator in {} was not counted in full", c.name(row));
  return fmt::format("{} in {}", why_uncounted(c.capture.operator_calls[*found]), c.name(row));
}

}  // namespace

std::string not_looked_into(context const& c, row_products const& p, columns between) {
  std::string clauses;
  if (p.unsupported != module_row::npos)
    add(clauses, uncounted_in(c, p.unsupported, operator_status::unsupported));
  if (p.partly_counted != module_row::npos)
    add(clauses, uncounted_in(c, p.partly_counted, operator_status::partly_counted));
  if (between == columns::formula_operator && p.unanswered != module_row::npos)
    add(clauses, fmt::format("the rule of {} did not answer every call", c.name(p.unanswered)));
  if (!c.operators_whole()) add(clauses, "something that ran was not looked into (see Data losses)");
  return clauses;
}

}  // namespace flopwatch::comparison_detail
