// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "attribution/saturating.hpp"
#include "report/figures.hpp"
#include "report/sections.hpp"
#include "text/number_text.hpp"
#include "text/printable.hpp"

namespace flopwatch::report {
using namespace text;
namespace {

/// Verdicts of one kind on modules of one type with one remedy: a model of many equal blocks has many of
/// them.
struct verdict_group {
  std::vector<verdict const*> members;
  std::int64_t amount = 0;
};

constexpr std::size_t listed_members = 4;

std::vector<verdict_group> grouped_verdicts(analysis const& a, columns between) {
  std::vector<verdict_group> out;
  std::map<std::tuple<verdict_kind, std::string, std::string>, std::size_t> place;
  for (auto const& v : a.differences.rows[0].verdicts) {
    // These have an amount if the surplus of the counters is within tolerance.
    bool const equal = v.kind == verdict_kind::agrees || v.kind == verdict_kind::equal_as_counted;
    if (v.between != between || (equal && v.amount == 0)) continue;
    auto const [at, fresh] = place.try_emplace({v.kind, a.tree.rows.at(v.row).type, v.remedy}, out.size());
    if (fresh) out.emplace_back();
    auto& group = out[at->second];
    group.members.push_back(&v);
    group.amount = saturating_add(group.amount, v.amount);
  }
  return out;
}

bool of_unknown_size(verdict const& v) {
  return v.amount == 0 &&
         (v.kind == verdict_kind::unsupported_operator || v.kind == verdict_kind::partly_counted ||
          v.kind == verdict_kind::formula_incomplete);
}

std::string amount_text(verdict const& v, std::int64_t amount, std::string_view unit) {
  return amount == 0 && of_unknown_size(v) ? "size unknown"
                                           : fmt::format("{} {}", signed_grouped(amount), unit);
}

struct difference {
  columns between;
  std::string_view left, right, unit;
  std::optional<std::int64_t> amount;
  std::int64_t left_amount, right_amount;
};

void one_verdict(page& p, analysis const& a, verdict_group const& g, int amount_width,
                 std::string_view unit) {
  verdict const& first = *g.members.front();
  auto const amount = amount_text(first, g.amount, unit);
  auto const where = g.members.size() == 1 ? place_name(a.tree.rows.at(first.row))
                                           : fmt::format("{} modules of type {}", g.members.size(),
                                                         a.tree.rows.at(first.row).type);
  auto const pad =
      std::string(static_cast<std::size_t>(std::max(0, amount_width - display_width(amount))), ' ');
  p.item(2, pad + amount, fmt::format("{} in {}", short_text(first.kind), where), look::notice, look::strong);
  int const indent = std::min(6, amount_width);
  p.sentence(indent, first.cause);
  if (g.members.size() > 1) {
    std::string members;
    for (std::size_t i = 0; i < std::min(g.members.size(), listed_members); ++i) {
      members += fmt::format("{}{} {}", i == 0 ? "" : ", ", row_name(a.tree.rows.at(g.members[i]->row)),
                             signed_grouped(g.members[i]->amount));
    }
    if (g.members.size() > listed_members) {
      members += fmt::format(" and {} more (all of them: --json)", g.members.size() - listed_members);
    }
    p.sentence(indent, "In " + members + '.', look::dim);
  }
  if (!first.remedy.empty()) p.item(indent, "→", first.remedy, look::plain, look::good);
}

/// Why equal columns are not known to agree; null if they are.
std::string const* unknown_part(analysis const& a, columns between) {
  for (auto const& v : a.differences.rows[0].verdicts) {
    if (v.between == between && v.kind == verdict_kind::equal_as_counted) return &v.cause;
  }
  return nullptr;
}

/// The verdicts between two columns, and the line that shows that they add up.
void one_difference(page& p, analysis const& a, difference const& d) {
  auto const groups = grouped_verdicts(a, d.between);
  if (groups.empty() && !d.amount) return;
  auto const of_unknown_sizes = std::all_of(groups.begin(), groups.end(), [](verdict_group const& g) {
    return g.amount == 0 && of_unknown_size(*g.members.front());
  });
  if (d.amount == std::optional<std::int64_t>(0) && of_unknown_sizes) {
    auto const both =
        fmt::format("{} and {} are both {} {}", d.left, d.right, grouped(d.left_amount), d.unit);
    auto const* const cause = unknown_part(a, d.between);
    if (groups.empty() && cause == nullptr) {
      p.heading("The columns agree: " + both);
      return;
    }
    p.heading("Equal as far as they were counted: " + both);
    if (groups.empty()) {
      p.blank();
      p.sentence(2, *cause);
      return;
    }
  } else {
    p.heading(fmt::format("Why the columns differ: {} and {}", d.left, d.right));
  }
  std::int64_t sum = 0;
  int amount_width = 0;
  for (auto const& g : groups) {
    sum = saturating_add(sum, g.amount);
    amount_width = std::max(amount_width, display_width(amount_text(*g.members.front(), g.amount, d.unit)));
  }
  auto const sum_text = fmt::format("{} {}", signed_grouped(sum), d.unit);
  amount_width = std::max(amount_width, display_width(sum_text));
  for (auto const& g : groups) {
    p.blank();
    one_verdict(p, a, g, amount_width, d.unit);
  }
  if (!d.amount) return;
  p.blank();
  p.rule(2, amount_width);
  auto const pad = std::string(static_cast<std::size_t>(amount_width - display_width(sum_text)), ' ');
  auto const equation = fmt::format("{} {} - {} {} {}", d.left, grouped(d.left_amount), d.right,
                                    grouped(d.right_amount), d.unit);
  if (sum == *d.amount && sum == saturating_sub(d.left_amount, d.right_amount)) {
    p.item(2, pad + sum_text, fmt::format("their sum = {}", equation), look::good, look::strong);
  } else {
    p.item(2, pad + sum_text,
           fmt::format("their sum is NOT the difference: {} = {} {}", equation, signed_grouped(*d.amount),
                       d.unit),
           look::bad, look::strong);
  }
}

}  // namespace

void explanation_section(page& p, analysis const& a) {
  if (a.differences.rows.empty() || a.tree.rows.empty()) return;
  auto const& whole = a.differences.rows[0];
  one_difference(p, a,
                 {columns::formula_operator, "formula", "operator", "MACs", whole.formula_minus_operator,
                  whole.formula_macs.value_or(0), whole.operator_macs});
  difference measured{columns::measured_operator,    "measured", "operator", "FLOPs",
                      whole.measured_minus_operator, 0,          0};
  auto const measured_total = a.tree.measured_total.total_flops();
  if (a.tree.measured_collected && measured_total && whole.measured_minus_operator) {
    // All launches are compared with all operator work here, other arithmetic included.
    auto const& o = a.tree.operator_total;
    measured.left_amount = *measured_total;
    measured.right_amount = saturating_add(saturating_flops(o), o.other_flops);
  } else {
    measured.amount.reset();
  }
  one_difference(p, a, measured);
}

}  // namespace flopwatch::report
