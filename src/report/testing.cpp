// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/testing.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "report/figures.hpp"
#include "text/count_text.hpp"
#include "text/number_text.hpp"

namespace flopwatch {
namespace {

using text::grouped;

struct expectation {
  std::int64_t number = 0;
  bool in_flops = false;
  bool budget = false;

  [[nodiscard]] std::int64_t of(std::int64_t macs) const { return in_flops ? checked_mul(macs, 2) : macs; }
  [[nodiscard]] char const* unit() const { return in_flops ? "FLOPs" : "MACs"; }
};

expectation checked(expected_flops const& e) {
  int const given = (e.macs ? 1 : 0) + (e.flops ? 1 : 0) + (e.max_macs ? 1 : 0);
  if (given != 1)
    throw usage_error("assert_flops takes one number: macs, flops (1 MAC = 2 FLOPs) or max_macs");
  expectation const wanted{e.macs    ? *e.macs
                           : e.flops ? *e.flops
                                     : *e.max_macs,
                           e.flops.has_value(), e.max_macs.has_value()};
  if (wanted.number < 0) throw usage_error("an expected number of MACs or FLOPs is 0 or more");
  if (!(std::isfinite(e.tolerance) && e.tolerance >= 0)) {
    throw usage_error("a tolerance is a part of the expected number, 0 or more (0.01 is 1 %)");
  }
  return wanted;
}

bool is_wrong(std::int64_t got, expectation const& wanted, double tolerance) {
  if (got == wanted.number || (wanted.budget && got < wanted.number)) return false;
  auto const distance = std::abs(static_cast<long double>(got) - static_cast<long double>(wanted.number));
  return distance > static_cast<long double>(tolerance) * static_cast<long double>(wanted.number);
}

/// The modules with the most work of their own, without that of the modules below them.
std::string largest_modules(analysis const& a, expectation const& wanted) {
  constexpr std::size_t most = 8;
  std::vector<module_row const*> rows;
  for (auto const& row : a.tree.rows) {
    if (row.self.macs != 0) rows.push_back(&row);
  }
  if (rows.empty()) return "\n  no module did any";
  std::stable_sort(rows.begin(), rows.end(),
                   [](auto const* l, auto const* r) { return l->self.macs > r->self.macs; });
  auto lines = std::string("\n  made up of, by the modules' own work");
  for (std::size_t i = 0; i < std::min(rows.size(), most); ++i) {
    lines += fmt::format("\n    {:>20}  {} ({})", grouped(wanted.of(rows[i]->self.macs)),
                         report::row_name(*rows[i]), rows[i]->type);
  }
  if (rows.size() > most) lines += fmt::format("\n    {} more modules", rows.size() - most);
  return lines;
}

std::string without_overload(std::string const& name) { return name.substr(0, name.find('.')); }

/// The operator calls whose work the operator column lacks.
std::string not_counted(analysis const& a, std::vector<std::string> const& allowed) {
  std::map<std::pair<bool, std::string>, std::int64_t> calls;
  for (auto const& call : a.capture.operator_calls) {
    bool const in_part = call.status == operator_status::partly_counted;
    if (!in_part && call.status != operator_status::unsupported) continue;
    auto const name = without_overload(call.name);
    if (std::find(allowed.begin(), allowed.end(), name) != allowed.end()) continue;
    auto& sum = calls[{in_part, name}];
    sum = checked_add(sum, call.calls);
  }
  std::string lines;
  for (auto const& [which, n] : calls) {
    lines +=
        fmt::format("\n  {}: {}, {}: the operator column lacks its work",
                    which.first ? "counted in part" : "not counted", which.second, text::counted(n, "call"));
  }
  return lines;
}

std::string why_not_exact(analysis const& a) {
  std::string lines;
  for (auto const& loss : a.capture.losses) {
    if (loss.severity == severity::error) lines += "\n  not exact: " + loss.text;
  }
  return lines;
}

}  // namespace

std::string flops_mismatch(result const& r, expected_flops const& expected) {
  auto const wanted = checked(expected);
  if (!r.analysis().tree.has_operators)
    return "the operator column was not collected: no framework was observed";
  auto const got = wanted.of(r.total().operator_macs);
  auto const lacking = not_counted(r.analysis(), expected.allow_unsupported);
  bool const wrong = is_wrong(got, wanted, expected.tolerance);
  if (!wrong && lacking.empty() && !report::lost_data(r.analysis())) return "";
  auto lines = fmt::format("{} {} in the operator column", grouped(got), wanted.unit());
  if (wrong) {
    lines += fmt::format(", expected {}{}: {} {}", wanted.budget ? "at most " : "", grouped(wanted.number),
                         grouped(got > wanted.number ? got - wanted.number : wanted.number - got),
                         got > wanted.number ? "more" : "fewer");
    lines += largest_modules(r.analysis(), wanted);
  } else {
    lines += ", as expected, but that is not all of its work";
  }
  lines += lacking;
  if (!lacking.empty() && !wrong) {
    lines += "\n  give them a rule (session_options::operator_rules), or name them in allow_unsupported";
  }
  return lines + why_not_exact(r.analysis());
}

void assert_flops(result const& r, expected_flops const& expected) {
  if (auto const wrong = flops_mismatch(r, expected); !wrong.empty()) throw flops_assertion(wrong);
}

}  // namespace flopwatch
