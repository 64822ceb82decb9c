// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "report/module_table.hpp"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "report/figures.hpp"
#include "report/sections.hpp"
#include "report/table_rows.hpp"
#include "report/verdict_cell.hpp"
#include "text/number_text.hpp"
#include "text/printable.hpp"

namespace flopwatch::report {
using namespace text;
namespace {

constexpr std::string_view not_collected = "–";
constexpr std::string_view by_phase = " by phase";

/// Columns of a higher rank are left out first when the page is narrow.
enum rank : int {
  keep = 0,
  rank_measured,
  rank_share,
  rank_calls,
  rank_launches,
  rank_phase,
  rank_second_unit,
  rank_type,
  rank_measured_absent,
  rank_ratio,
  rank_parameters,
  rank_other,
};

/// A count of one row as a cell shows it.
struct figure {
  std::optional<double> value;
  bool hidden = false;
  bool partly = false;  ///< some launches were not measured
};

class table_builder {
 public:
  table_builder(analysis const& a, text_options const& options)
      : a_(a), options_(options), rows_(a, options), shown_(rows_.shown) {
    double largest = 0;
    for (auto const& s : shown_) {
      auto const& r = a_.differences.rows[s.row];
      auto const of_one = std::max({as_double(r.formula_macs), as_double(r.measured_flops) / 2,
                                    static_cast<double>(r.operator_macs),
                                    with_operators() ? 0 : measured_figure(r).value.value_or(0)});
      largest = std::max(largest, rows_.summed(s.row, of_one));
    }
    scale_ = scale_for(options.units == unit_choice::flops ? 2 * largest : largest);
  }

  std::vector<table_column> columns() {
    std::vector<table_column> out;
    out.push_back(names());
    out.push_back(types());
    out.push_back(calls());
    if (!with_operators()) add_launches(out);
    out.push_back(parameters());
    if (with_operators() || a_.tree.has_formula) {
      add_counts(out, "formula", a_.tree.has_formula, keep, [](row_comparison const& r) {
        return figure{optional_double(r.formula_macs), r.formula_hidden};
      });
    }
    add_counts(out, "operator", with_operators(), keep, [this](row_comparison const& r) {
      return with_operators() ? figure{static_cast<double>(r.operator_macs)} : figure{};
    });
    add_phases(out);
    if (measured_together(a_)) {
      // What was counted together includes both classes, so its FLOPs have no number of MACs.
      out.push_back(counts("measured, all", "FLOPs", 2, rank_measured,
                           [this](row_comparison const& r) { return measured_figure(r); }));
    } else {
      add_counts(out, "measured", a_.tree.measured_collected, rank_measured, [](row_comparison const& r) {
        return figure{r.measured_flops ? std::optional(static_cast<double>(*r.measured_flops) / 2)
                                       : std::nullopt};
      });
    }
    if (a_.tree.measured_collected && !measured_together(a_)) out.push_back(ratios());
    if (auto share = shares(); with_operators() || !is_empty(share)) out.push_back(std::move(share));
    if (with_operators()) {
      out.push_back(other());
      out.push_back(verdicts());
    }
    std::erase_if(out, [](table_column const& c) { return c.rank > rank_calls && is_empty(c); });
    return out;
  }

  /// The phases are there together or not at all: parts of a sum say nothing alone.
  laid_out_table lay_out_in(page const& p) {
    auto all = columns();
    auto table = lay_out(all, p.width(), p.paint());
    auto const is_phase = [](std::string const& name) { return name.find(by_phase) != std::string::npos; };
    if (std::none_of(table.left_out.begin(), table.left_out.end(), is_phase)) return table;
    auto const first = std::find_if(all.begin(), all.end(), [&](auto const& c) { return is_phase(c.group); });
    auto const group = first->group;
    std::erase_if(all, [&](table_column const& c) { return is_phase(c.group); });
    table = lay_out(std::move(all), p.width(), p.paint());
    table.left_out.push_back(group);
    return table;
  }

  [[nodiscard]] std::vector<std::string> said() const { return rows_.said(); }

  std::vector<std::string> legend(bool has_dash) const {
    std::vector<std::string> out;
    if (options_.units == unit_choice::both && (with_operators() || a_.tree.has_formula))
      out.emplace_back("1 MAC = 1 multiply and 1 add = 2 FLOPs");
    if (hidden_) out.emplace_back("( ) a rule above covers it: not in the formula total");
    if (partly_) out.emplace_back("+ or more: some launches in it were not measured");
    if (below_) out.emplace_back("↓ caused by a module below");
    if (has_dash) out.emplace_back("– not collected");
    if (around_) out.emplace_back("* a scope around the model: its work is in the rows of the modules, too");
    if (folded_) out.emplace_back("(+N) N modules below it");
    if (alike_) out.emplace_back("N× N equal modules: figures there and below are sums over them");
    if (fused_) out.emplace_back("not called (fused): a module above did its work in its own operators");
    if (unseen_)
      out.emplace_back("not seen: its calls opened no scope, so its work counts for the module around it");
    if (lost_data(a_)) out.emplace_back("! not exact: see Data losses");
    if (!lost_data(a_) && !is_exact(a_)) {
      out.emplace_back(measured_column_is_whole(a_) ? "! not exact: see the operators below"
                                                    : "! not exact: see below");
    }
    return out;
  }

 private:
  [[nodiscard]] bool with_operators() const noexcept { return a_.tree.has_operators; }

  using count_of = std::function<figure(row_comparison const&)>;

  static std::optional<double> optional_double(std::optional<std::int64_t> v) {
    return v ? std::optional(static_cast<double>(*v)) : std::nullopt;
  }
  static double as_double(std::optional<std::int64_t> v) { return v ? static_cast<double>(*v) : 0; }

  /// A 0 would say that its work did not run.
  bool stands_above(std::size_t row) const {
    return (rows_.silent[row] == silence::not_called_fused || rows_.silent[row] == silence::not_seen) &&
           a_.tree.rows[row].shown_total() == work{};
  }

  look row_style(std::size_t row) const {
    if (row == 0) return look::strong;
    return rows_.silent[row] != silence::none || a_.tree.rows[row].outside ? look::dim : look::plain;
  }

  template <class F>
  table_column column(std::string title, int rank, F const& cell) const {
    table_column c;
    c.title = std::move(title);
    c.rank = rank;
    c.cells.reserve(shown_.size());
    for (auto const& s : shown_) c.cells.push_back(cell(s));
    return c;
  }

  table_column names() {
    bool const of_modules = !a_.capture.modules.empty() || with_operators();
    auto c = column(of_modules ? "module" : "scope", keep, [&](shown_row const& s) {
      auto const& r = a_.tree.rows[s.row];
      around_ = around_ || r.inside;
      folded_ = folded_ || s.folded > 0;
      alike_ = alike_ || rows_.folded.here[s.row] > 1;
      return table_cell{rows_.name(a_, s.row), row_style(s.row), rows_.signs(a_, s)};
    });
    c.leads.reserve(shown_.size());
    for (auto const& s : shown_) c.leads.push_back({s.guides, s.narrow_guides});
    c.side = align::left;
    c.cutting = cut::middle;
    c.comfortable = 26;
    c.least = 12;
    return c;
  }

  table_column types() const {
    auto c = column("type", rank_type, [&](shown_row const& s) {
      return table_cell{printable(a_.tree.rows[s.row].type), look::dim};
    });
    c.side = align::left;
    c.cutting = cut::middle;
    c.comfortable = 18;
    c.least = 8;
    return c;
  }

  table_column calls() const {
    return column("calls", rank_calls, [&](shown_row const& s) {
      auto const& r = a_.tree.rows[s.row];
      bool const says_nothing = r.calls == 0 && rows_.silent[s.row] == silence::none;
      return table_cell{says_nothing ? "" : grouped(rows_.summed(s.row, r.calls)), row_style(s.row)};
    });
  }

  /// Half of the FLOPs, as the columns of MACs have it. A program without a framework has no other column:
  /// then what was read is shown even if some launches were not measured.
  figure measured_figure(row_comparison const& r) const {
    auto flops = r.measured_total_flops;
    if (!flops && !with_operators()) {
      auto const row = static_cast<std::size_t>(&r - a_.differences.rows.data());
      flops = read_flops(a_.tree.rows[row].shown_measured());
      return flops ? figure{static_cast<double>(*flops) / 2, false, true} : figure{};
    }
    return flops ? figure{static_cast<double>(*flops) / 2} : figure{};
  }

  void add_launches(std::vector<table_column>& out) const {
    auto const launches_of = [&](std::string title, int rank, std::int64_t measured_work::*number) {
      auto c = column(std::move(title), rank, [&](shown_row const& s) {
        auto const n = a_.tree.rows[s.row].shown_measured().*number;
        bool const is_none = n == 0 && number == &measured_work::unmeasured_launches;
        return table_cell{is_none ? "" : grouped(rows_.summed(s.row, n)), row_style(s.row)};
      });
      c.group = "launches";
      return c;
    };
    out.push_back(launches_of("all", rank_launches, &measured_work::launches));
    out.push_back(launches_of("not measured", rank_launches, &measured_work::unmeasured_launches));
  }

  table_column parameters() const {
    return column("params", rank_parameters, [&](shown_row const& s) {
      auto const n = a_.tree.rows[s.row].parameters;
      if (!n) return table_cell{};
      auto const d = rows_.summed(s.row, static_cast<double>(*n));
      auto const own = scale_for(d);
      return table_cell{scaled(d, own).append(own.prefix), row_style(s.row)};
    });
  }

  [[nodiscard]] bool is_inexact(std::string_view source) const {
    if (source == "operator") return !operator_column_is_whole(a_);
    return source.starts_with("measured") && !measured_column_is_whole(a_);
  }

  /// One or two columns of a source, in MACs and FLOPs.
  void add_counts(std::vector<table_column>& out, std::string const& source, bool collected, int rank,
                  count_of const& count) {
    bool const both = options_.units == unit_choice::both && collected;
    int const first_rank = collected || rank == keep ? rank : static_cast<int>(rank_measured_absent);
    if (options_.units != unit_choice::flops) out.push_back(counts(source, "MACs", 1, first_rank, count));
    if (options_.units == unit_choice::flops || both) {
      out.push_back(
          counts(source, "FLOPs", 2, both ? static_cast<int>(rank_second_unit) : first_rank, count));
    }
  }

  table_column counts(std::string const& source, char const* unit, double factor, int rank,
                      count_of const& count) {
    bool signs = false;
    auto c = column(fmt::format("{}{}", scale_.prefix, unit), rank, [&](shown_row const& s) {
      if (a_.tree.rows[s.row].outside && source == "formula") return table_cell{};  // rules belong to modules
      if (stands_above(s.row) && source != "formula") return table_cell{};
      auto const f = count(a_.differences.rows[s.row]);
      if (!f.value) return table_cell{std::string(not_collected), look::dim};
      table_cell cell{scaled(rows_.summed(s.row, factor * *f.value), scale_),
                      f.hidden ? look::dim : row_style(s.row)};
      if (f.hidden) {
        hidden_ = signs = true;
        cell.text = '(' + cell.text;
        cell.tail = ")";
      } else if (s.row == 0 && (lost_data(a_) || is_inexact(source))) {
        signs = true;
        cell.tail = "!";
        cell.style = look::bad;
      } else if (f.partly) {
        partly_ = signs = true;
        cell.tail = "+";
      }
      return cell;
    });
    c.group = source;
    c.cherished = rank == rank_measured;
    // Room for the sign after every number, so that their points are aligned.
    for (auto& cell : c.cells) {
      if (signs && cell.tail.empty()) cell.tail = " ";
    }
    return c;
  }

  /// Parts of the operator column; only with products in several phases, or there is nothing to tell apart.
  void add_phases(std::vector<table_column>& out) {
    auto const& whole = a_.tree.rows[0].total_by_phase;
    auto const has_products = [&](phase p) { return whole[p].macs != 0; };
    if (std::count_if(all_phases.begin(), all_phases.end(), has_products) < 2) return;
    bool const in_flops = options_.units == unit_choice::flops;
    for (auto const p : all_phases) {
      if (!has_products(p)) continue;
      auto c = column(std::string(to_string(p)), rank_phase, [&](shown_row const& s) {
        if (stands_above(s.row)) return table_cell{};
        auto const macs = static_cast<double>(a_.tree.rows[s.row].shown_by_phase()[p].macs);
        return table_cell{scaled(rows_.summed(s.row, in_flops ? 2 * macs : macs), scale_), row_style(s.row)};
      });
      c.group = fmt::format("operator {}{}{}", scale_.prefix, in_flops ? "FLOPs" : "MACs", by_phase);
      out.push_back(std::move(c));
    }
  }

  table_column ratios() const {
    auto c = column("/operator", rank_ratio, [&](shown_row const& s) {
      auto const ratio = measured_ratio(a_.differences.rows[s.row]);
      return ratio ? table_cell{fmt::format("{:.3f}", *ratio), row_style(s.row)} : table_cell{};
    });
    c.group = "measured";
    return c;
  }

  table_column shares() const {
    auto const part_of = [&](std::size_t row) {
      auto const& r = a_.differences.rows[row];
      return with_operators() ? static_cast<double>(r.operator_macs) : as_double(r.measured_total_flops);
    };
    auto const whole = part_of(0);
    return column("share", rank_share, [&](shown_row const& s) {
      if (stands_above(s.row)) return table_cell{};
      if (!with_operators() && !a_.differences.rows[s.row].measured_total_flops) return table_cell{};
      return table_cell{percent(rows_.summed(s.row, part_of(s.row)), whole), row_style(s.row)};
    });
  }

  table_column other() const {
    double largest = 0;
    for (auto const& s : shown_) {
      largest = std::max(
          largest, rows_.summed(s.row, static_cast<double>(a_.tree.rows[s.row].shown_total().other_flops)));
    }
    auto const own = scale_for(largest);
    auto c = column(fmt::format("{}FLOPs", own.prefix), rank_other, [&](shown_row const& s) {
      if (stands_above(s.row)) return table_cell{};
      auto const flops = static_cast<double>(a_.tree.rows[s.row].shown_total().other_flops);
      return table_cell{scaled(rows_.summed(s.row, flops), own), row_style(s.row)};
    });
    c.group = "other";
    return c;
  }

  table_column verdicts() {
    auto c = column("verdict", keep, [&](shown_row const& s) { return verdict_cell(s.row); });
    c.side = align::left;
    c.cutting = cut::end;
    c.comfortable = 24;
    c.least = 10;
    return c;
  }

  table_cell verdict_cell(std::size_t row) {
    auto said = verdict_of_row(a_.differences.rows[row].verdicts, row, rows_.silent[row]);
    below_ = below_ || said.below;
    unseen_ = unseen_ || said.unseen;
    fused_ = fused_ || rows_.silent[row] == silence::not_called_fused;
    return std::move(said.cell);
  }

  analysis const& a_;
  text_options const& options_;
  table_rows rows_;
  std::vector<shown_row> const& shown_;
  scale scale_;
  bool hidden_ = false, partly_ = false, folded_ = false, alike_ = false, below_ = false, around_ = false,
       unseen_ = false, fused_ = false;
};

}  // namespace

module_cells module_cells_of(analysis const& a, text_options const& options) {
  if (a.tree.rows.empty() || a.differences.rows.size() < a.tree.rows.size()) return {};
  table_builder builder(a, options);
  module_cells out{builder.columns(), {}, builder.said()};
  bool const has_dash = std::any_of(out.columns.begin(), out.columns.end(), [](table_column const& c) {
    return std::any_of(c.cells.begin(), c.cells.end(),
                       [](auto const& cell) { return cell.text == not_collected; });
  });
  out.signs = builder.legend(has_dash);
  return out;
}

void module_table(page& p, analysis const& a, text_options const& options) {
  if (a.tree.rows.empty() || a.differences.rows.size() < a.tree.rows.size()) return;
  table_builder builder(a, options);
  auto const table = builder.lay_out_in(p);
  p.table(table);
  p.rule(0, table.width);
  bool const has_dash = std::any_of(table.lines.begin(), table.lines.end(), [](std::string const& line) {
    return line.find(not_collected) != std::string::npos;
  });
  if (auto const signs = builder.legend(has_dash); !signs.empty()) {
    p.sentence(0, fmt::format("{}", fmt::join(signs, " · ")), look::dim);
  }
  if (!table.left_out.empty()) {
    p.sentence(0, fmt::format("left out at this width: {}", fmt::join(table.left_out, ", ")), look::dim);
  }
  for (auto const& said : builder.said()) p.sentence(0, said, look::dim);
}

}  // namespace flopwatch::report
