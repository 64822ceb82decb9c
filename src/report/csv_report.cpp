// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include "attribution/saturating.hpp"
#include "flopwatch/report.hpp"
#include "report/chosen_rows.hpp"
#include "report/figures.hpp"
#include "report/flat_table.hpp"
#include "text/csv.hpp"

namespace flopwatch {
namespace report {
namespace {

using optional_flops = std::optional<std::int64_t>;

std::string joined_kinds(std::vector<verdict> const& verdicts) {
  std::string out;
  for (auto const& v : verdicts) out.append(out.empty() ? "" : "; ").append(to_string(v.kind));
  return out;
}

std::string scopes_csv(analysis const& a, row_choice const& choice) {
  text::csv_text out({"row",
                      "parent_row",
                      "path",
                      "type",
                      "outside",
                      "state",
                      "calls",
                      "parameters",
                      "formula_macs",
                      "formula_hidden",
                      "operator_macs",
                      "operator_flops",
                      "operator_other_flops",
                      "measured_multiply_add_flops",
                      "measured_total_flops",
                      "launches",
                      "unmeasured_launches",
                      "formula_minus_operator_macs",
                      "measured_minus_operator_flops",
                      "verdicts"});
  auto const silent = silences(a);
  bool const operators = a.tree.has_operators;
  auto const of_operators = [&](std::int64_t n) { return operators ? optional_flops(n) : std::nullopt; };
  for (auto const i : choose_rows(a, choice).order) {
    auto const& r = a.tree.rows[i];
    auto const& d = a.differences.rows.at(i);
    auto const& m = r.shown_measured();
    auto const& w = r.shown_total();
    out.integer(static_cast<std::int64_t>(i));
    out.integer(r.parent == module_row::npos ? optional_flops() : static_cast<std::int64_t>(r.parent));
    out.name(r.outside ? scope_name(a, r) : r.path).name(r.type).integer(r.outside ? 1 : 0);
    out.name(to_string(silent[i])).integer(r.calls).integer(r.parameters);
    out.integer(d.formula_macs).integer(d.formula_hidden ? 1 : 0);
    out.integer(of_operators(w.macs));
    out.integer(of_operators(saturating_flops(w))).integer(of_operators(w.other_flops));
    out.integer(d.measured_flops).integer(d.measured_total_flops);
    out.integer(m.launches).integer(m.unmeasured_launches);
    out.integer(d.formula_minus_operator).integer(d.measured_minus_operator).name(joined_kinds(d.verdicts));
    out.end_row();
  }
  return std::move(out).take();
}

std::vector<std::string> flat_header(flat_by by) {
  std::vector<std::string> out{std::string(name_of(by))};
  auto const add = [&](std::vector<std::string> const& names) {
    out.insert(out.end(), names.begin(), names.end());
  };
  if (by == flat_by::kernel) {
    add({"launches", "unmeasured_launches"});
  } else {
    add({"calls", "operator_macs", "operator_flops", "operator_other_flops"});
  }
  add({"measured_multiply_add_flops", "measured_total_flops", "share", "scopes", "first_scopes"});
  return out;
}

std::string flat_csv(analysis const& a, flat_by by, row_choice const& choice) {
  text::csv_text out(flat_header(by));
  // Of formats the figures are what was read; that is no sum if launches were not measured.
  bool const whole = by != flat_by::precision || a.tree.measured_total.shown_total_flops().has_value();
  auto const of_operators = [&](std::int64_t n) {
    return a.tree.has_operators ? optional_flops(n) : std::nullopt;
  };
  auto const only_whole = [&](optional_flops const& n) { return whole ? n : std::nullopt; };
  for (auto const& r : flat_rows_of(a, by, choice).rows) {
    out.name(r.name);
    if (by == flat_by::kernel) {
      out.integer(r.count).integer(r.unmeasured_launches);
    } else {
      out.integer(of_operators(r.count)).integer(of_operators(r.operators.macs));
      out.integer(of_operators(saturating_flops(r.operators)));
      out.integer(of_operators(r.operators.other_flops));
    }
    out.integer(only_whole(r.multiply_add_flops)).integer(only_whole(r.total_flops));
    auto const share =
        whole || (a.tree.has_operators && by != flat_by::kernel) ? flat_share(a, by, r) : std::nullopt;
    out.number(share).integer(static_cast<std::int64_t>(r.scopes.size()));
    out.name(first_scopes(a, r, 3)).end_row();
  }
  return std::move(out).take();
}

}  // namespace
}  // namespace report

std::string csv_report(analysis const& a, std::optional<flat_by> flat, row_choice const& choice) {
  return flat ? report::flat_csv(a, *flat, choice) : report::scopes_csv(a, choice);
}

std::string left_out_text(analysis const& a, std::optional<flat_by> flat, row_choice const& choice) {
  return flat ? report::flat_rows_of(a, *flat, choice).said : report::choose_rows(a, choice).said;
}

}  // namespace flopwatch
