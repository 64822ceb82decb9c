// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "attribution/saturating.hpp"
#include "flopwatch/checked.hpp"
#include "report/figures.hpp"
#include "report/flat_rows.hpp"
#include "report/sections.hpp"
#include "text/count_text.hpp"
#include "text/number_text.hpp"
#include "text/printable.hpp"

namespace flopwatch::report {
using namespace text;
namespace {

/// Twice a count, even if that needs a 64th bit.
std::string doubled(std::int64_t macs) {
  std::int64_t flops = 0;
  if (!__builtin_mul_overflow(macs, std::int64_t{2}, &flops)) return grouped(flops);
  return fmt::format("{:.3e}", 2 * static_cast<double>(macs));
}

std::string halved(std::int64_t flops) { return grouped(flops / 2) + (flops % 2 == 0 ? "" : ".5"); }

/// One line of the table of totals; empty cells stay blank.
struct total_line {
  std::string source, macs, flops, other_flops, operations;
};

/// Those with work in the operator column, if there are several.
std::vector<phase> phases_of(analysis const& a) {
  std::vector<phase> out;
  if (a.tree.rows.empty()) return out;
  for (auto const p : all_phases) {
    if (a.tree.rows[0].total_by_phase[p] != work{}) out.push_back(p);
  }
  if (out.size() < 2) out.clear();
  return out;
}

std::vector<total_line> total_lines(analysis const& a) {
  std::vector<total_line> lines;
  if (a.tree.has_formula) {
    lines.push_back({"formula", grouped(a.tree.formula_macs), doubled(a.tree.formula_macs), "",
                     grouped(a.tree.formula_operations)});
  } else {
    lines.push_back({"formula", "not collected", "", "", ""});
  }
  auto const& o = a.tree.operator_total;
  if (!a.tree.has_operators) {
    lines.push_back({"operator", "not collected", "", "", ""});
    lines.push_back({"measured", a.tree.measured_collected ? "not separated" : "not collected", "", "", ""});
    return lines;
  }
  lines.push_back({"operator", grouped(o.macs), doubled(o.macs), grouped(o.other_flops), ""});
  for (auto const p : phases_of(a)) {
    auto const& part = a.tree.rows[0].total_by_phase[p];
    lines.push_back({fmt::format("  {}", to_string(p)), grouped(part.macs), doubled(part.macs),
                     grouped(part.other_flops), ""});
  }
  auto const& m = a.tree.measured_total;
  if (!a.tree.measured_collected || !m.shown_multiply_add_flops()) {
    bool const other = a.tree.measured_collected && m.shown_other_flops();
    lines.push_back({"measured", a.tree.measured_by_scope ? "not separated" : "not collected", "",
                     other ? grouped(*m.other_flops) : "", ""});
  } else {
    lines.push_back({"measured", halved(*m.multiply_add_flops), grouped(*m.multiply_add_flops),
                     m.other_flops ? grouped(*m.other_flops) : "not collected", ""});
  }
  return lines;
}

laid_out_table totals_table(page const& p, analysis const& a) {
  std::vector<table_column> columns(5);
  columns[0].title = "Totals";
  columns[0].side = align::left;
  columns[1].title = "MACs";
  columns[2].title = "FLOPs";
  columns[1].group = columns[2].group = "multiply-add class";
  columns[3].title = "FLOPs";
  columns[4].title = "thop operations";
  columns[3].group = columns[4].group = "other arithmetic";
  columns[4].rank = 3;
  columns[2].rank = 2;
  columns[3].rank = 1;
  for (auto const& line : total_lines(a)) {
    bool const whole = line.source == "formula" || (line.source == "measured" ? measured_column_is_whole(a)
                                                                              : operator_column_is_whole(a));
    bool const exact = !lost_data(a) && whole;
    auto const number = [&](std::string const& text) {
      bool const is_number = !text.empty() && text != "not collected" && text != "not separated";
      return table_cell{text, is_number ? look::plain : look::dim,
                        is_exact(a) ? "" : (is_number && !exact ? "!" : " ")};
    };
    columns[0].cells.push_back({line.source});
    columns[1].cells.push_back(number(line.macs));
    columns[2].cells.push_back(number(line.flops));
    columns[3].cells.push_back(number(line.other_flops));
    columns[4].cells.push_back(number(line.operations));
  }
  std::erase_if(columns, [](table_column const& c) { return is_empty(c); });
  return lay_out(std::move(columns), p.width(), p.paint());
}

void precision_line(page& p, analysis const& a) {
  std::string text;
  for (auto const& [precision, amount] : a.tree.rows[0].total_by_precision) {
    if (amount == work{}) continue;
    text += fmt::format("{}{} {} MACs and {} other FLOPs", text.empty() ? "" : "; ", to_string(precision),
                        grouped(amount.macs), grouped(amount.other_flops));
  }
  if (!text.empty()) p.sentence(0, "operator by precision: " + text);
}

/// What the operator column is made of, the largest first.
void operators_line(page& p, analysis const& a) {
  if (!a.tree.has_operators) return;
  constexpr std::size_t most = 3;
  auto const all = flat_rows_of(a, flat_by::operator_name, {});
  std::string text;
  std::size_t named = 0, with_work = 0;
  for (auto const& r : all.rows) {
    if (r.operators == work{}) continue;
    ++with_work;
    if (named == most) continue;
    ++named;
    bool const products = r.operators.macs != 0;
    text += fmt::format("{}{} {} {} in {}", text.empty() ? "" : "; ", printable(r.name),
                        grouped(products ? r.operators.macs : r.operators.other_flops),
                        products ? "MACs" : "FLOPs", counted(r.count, "call"));
  }
  if (text.empty()) return;
  auto const more = static_cast<std::int64_t>(with_work - named);
  if (more > 0) text += fmt::format("; and {} more (--flat operator)", grouped(more));
  p.sentence(0, "operator by name: " + text);
}

std::int64_t compiled_macs(analysis const& a) {
  std::int64_t macs = 0;
  for (auto const& call : a.capture.operator_calls) {
    if (call.is_compiled()) macs = saturating_add(macs, call.total.macs);
  }
  return macs;
}

/// By the format of the instructions, if the totals have a number.
void measured_precision_line(page& p, analysis const& a) {
  auto const& m = a.tree.measured_total;
  bool const products = a.tree.has_operators && m.shown_multiply_add_flops() && m.shown_other_flops();
  if (!a.tree.measured_collected || !(products || m.shown_total_flops())) return;
  std::string text;
  for (auto const& [format, parts] : m.by_precision) {
    // The rest is outside the dispatcher, which has its own line.
    if (products && parts.multiply_add_flops == 0 && parts.other_flops == 0) continue;
    text += text.empty() ? "" : "; ";
    if (products) {
      text += fmt::format("{} {} multiply-add FLOPs and {} other FLOPs", to_string(format),
                          grouped(parts.multiply_add_flops), grouped(parts.other_flops));
    } else {
      text += fmt::format("{} {} FLOPs", to_string(format), grouped(parts.total_flops()));
    }
  }
  if (!text.empty()) p.sentence(0, "measured by precision: " + text);
}

void measured_together_line(page& p, analysis const& a) {
  auto const& o = a.tree.operator_total;
  auto const& m = a.tree.measured_total;
  auto const all = m.shown_total_flops();
  if (!a.tree.has_operators && m.launches_without_tensor_metrics > 0) {
    p.sentence(0, fmt::format("measured: {} launches were counted without the work of the tensor cores",
                              grouped(m.launches_without_tensor_metrics)));
  } else if (!a.tree.has_operators && m.unmeasured_launches > 0) {
    auto const read = read_flops(m);
    p.sentence(0,
               fmt::format("measured, all arithmetic together: {} FLOPs in {} launches; not collected for {} "
                           "of {} launches",
                           read ? grouped(*read) : "no", grouped(m.launches - m.unmeasured_launches),
                           grouped(m.unmeasured_launches), grouped(m.launches)));
  } else if (all && !a.tree.has_operators) {
    p.sentence(0, fmt::format("measured, all arithmetic together: {} FLOPs", grouped(*all)));
  } else if (all) {
    p.sentence(0, fmt::format("measured, both classes together: {} FLOPs; operators: {} FLOPs", grouped(*all),
                              grouped(saturating_add(saturating_flops(o), o.other_flops))));
  }
}

}  // namespace

void totals_section(page& p, analysis const& a) {
  p.blank();
  if (auto const why = why_not_exact(a); !why.empty()) {
    p.sentence(0, fmt::format("! NOT EXACT: {}", fmt::join(why, " ")), look::bad);
    p.blank();
  }
  auto const table = totals_table(p, a);
  p.table(table);
  if (!table.left_out.empty()) {
    p.sentence(0, fmt::format("left out at this width: {}", fmt::join(table.left_out, ", ")), look::dim);
  }
  if (a.tree.has_formula) {
    p.sentence(
        0,
        fmt::format(
            "thop total {}, thop params {}; this total adds the MACs of some rules and the operations of "
            "others: exactly {}",
            clever_format(static_cast<double>(a.tree.formula_total), 3),
            clever_format(static_cast<double>(a.tree.formula_parameters), 3), grouped(a.tree.formula_total)));
  }
  if (!a.tree.rows.empty()) {
    precision_line(p, a);
    operators_line(p, a);
  }
  if (auto const compiled = compiled_macs(a); compiled != 0) {
    p.sentence(0, fmt::format("{} MACs of the operator column ran as generated code of compiled regions and "
                              "are counted from their graphs",
                              grouped(compiled)));
  }
  measured_precision_line(p, a);
  if (measured_together(a)) measured_together_line(p, a);
  auto const outside = a.tree.measured_total.shown_outside_flops();
  if (a.tree.measured_collected && a.tree.has_operators && outside && *outside != 0) {
    p.sentence(0, fmt::format("kernels outside the dispatcher: {} FLOPs measured", grouped(*outside)));
  }
}

}  // namespace flopwatch::report
