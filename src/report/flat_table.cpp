// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "report/flat_table.hpp"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "report/figures.hpp"
#include "report/sections.hpp"
#include "text/number_text.hpp"
#include "text/printable.hpp"

namespace flopwatch::report {
using namespace text;
namespace {

/// One figure of each row, in FLOPs; nullopt: not collected.
using flops_of_row = std::function<std::optional<double>(flat_row const&)>;

class flat_builder {
 public:
  flat_builder(analysis const& a, flat_by by, std::vector<flat_row> const& rows, unit_choice units)
      : a_(a), by_(by), rows_(rows), units_(units) {
    double largest = 0;
    for (auto const& r : rows) {
      largest = std::max({largest, 2 * static_cast<double>(r.operators.macs),
                          static_cast<double>(r.total_flops.value_or(0))});
    }
    scale_ = scale_for(units == unit_choice::flops ? largest : largest / 2);
  }

  std::vector<table_column> build() && {
    add_text(std::string(name_of(by_)), cut::middle, 48, 16, [](flat_row const& r) { return r.name; });
    add_number(by_ == flat_by::kernel ? "launches" : "calls", 0,
               [](flat_row const& r) { return r.count == 0 ? std::string() : grouped(r.count); });
    if (by_ != flat_by::kernel && a_.tree.has_operators) {
      add_class("operator", 0, [](flat_row const& r) { return 2 * static_cast<double>(r.operators.macs); });
      add_flops("other", 4, [](flat_row const& r) { return static_cast<double>(r.operators.other_flops); });
    }
    if (a_.tree.measured_collected) {
      if (a_.tree.has_operators) add_class("measured", 2, optional_flops(&flat_row::multiply_add_flops));
      add_flops("measured, all", 1, optional_flops(&flat_row::total_flops));
    }
    add_number("share", 2, [this](flat_row const& r) {
      auto const share = flat_share(a_, by_, r);
      return share ? percent(*share, 1) : std::string();
    });
    add_text("ran in", cut::middle, 30, 12, [this](flat_row const& r) { return first_scopes(a_, r, 2); });
    std::erase_if(out_, [](table_column const& c) { return is_empty(c); });
    return std::move(out_);
  }

 private:
  static flops_of_row optional_flops(std::optional<std::int64_t> flat_row::*member) {
    return [member](flat_row const& r) {
      auto const& v = r.*member;
      return v ? std::optional(static_cast<double>(*v)) : std::nullopt;
    };
  }

  template <class F>
  void add_text(std::string title, cut cutting, int comfortable, int least, F const& text) {
    auto& c = out_.emplace_back();
    c.title = std::move(title);
    c.side = align::left;
    c.cutting = cutting;
    c.comfortable = comfortable;
    c.least = least;
    for (auto const& r : rows_) c.cells.push_back({printable(text(r))});
  }

  template <class F>
  void add_number(std::string title, int rank, F const& text) {
    auto& c = out_.emplace_back();
    c.title = std::move(title);
    c.rank = rank;
    for (auto const& r : rows_) c.cells.push_back({text(r)});
  }

  /// The multiply-add class, in MACs, FLOPs or both.
  void add_class(std::string const& source, int rank, flops_of_row const& flops) {
    if (units_ != unit_choice::flops) add_scaled(source, "MACs", rank, 0.5, flops);
    if (units_ != unit_choice::macs)
      add_scaled(source, "FLOPs", units_ == unit_choice::both ? 3 : rank, 1, flops);
  }

  void add_flops(std::string const& source, int rank, flops_of_row const& flops) {
    add_scaled(source, "FLOPs", rank, 1, flops);
  }

  void add_scaled(std::string const& source, char const* unit, int rank, double factor,
                  flops_of_row const& flops) {
    auto& c = out_.emplace_back();
    c.group = source;
    c.title = fmt::format("{}{}", scale_.prefix, unit);
    c.rank = rank;
    for (auto const& r : rows_) {
      auto const v = flops(r);
      c.cells.push_back(v ? table_cell{scaled(factor * *v, scale_)} : table_cell{"–", look::dim});
    }
  }

  analysis const& a_;
  flat_by by_;
  std::vector<flat_row> const& rows_;
  unit_choice units_;
  scale scale_;
  std::vector<table_column> out_;
};

}  // namespace

std::string first_scopes(analysis const& a, flat_row const& row, std::size_t most) {
  std::string out;
  for (std::size_t i = 0; i < std::min(most, row.scopes.size()); ++i) {
    out += (i == 0 ? "" : ", ") + scope_name(a, a.tree.rows[row.scopes[i]]);
  }
  if (row.scopes.size() > most)
    out += fmt::format(" and {} more", grouped(static_cast<std::int64_t>(row.scopes.size() - most)));
  return out;
}

std::vector<table_column> flat_columns(analysis const& a, flat_by by, std::vector<flat_row> const& rows,
                                       unit_choice units) {
  return flat_builder(a, by, rows, units).build();
}

std::string flat_lack(analysis const& a, flat_by by, flat_rows const& rows) {
  if (by == flat_by::operator_name && !a.tree.has_operators)
    return "The operator column was not collected: no framework was observed.";
  if (rows.all == 0) return fmt::format("No {} is in this capture.", name_of(by));
  if (by == flat_by::kernel && a.tree.measured_by_scope)
    return "Launches were counted together by scope, so a single kernel has no number.";
  return {};
}

void flat_section(page& p, analysis const& a, flat_by by, text_options const& options) {
  auto const all = flat_rows_of(a, by, options.rows);
  auto const lack = flat_lack(a, by, all);
  if (!all.rows.empty()) {
    auto const table = lay_out(flat_columns(a, by, all.rows, options.units), p.width(), p.paint());
    p.table(table);
    p.rule(0, table.width);
    bool const has_dash = std::any_of(table.lines.begin(), table.lines.end(), [](std::string const& line) {
      return line.find("–") != std::string::npos;
    });
    if (has_dash) p.sentence(0, "– not collected, or counted together with others", look::dim);
    if (!table.left_out.empty()) {
      p.sentence(0, fmt::format("left out at this width: {}", fmt::join(table.left_out, ", ")), look::dim);
    }
  }
  if (!all.said.empty()) p.sentence(0, all.said, look::dim);
  if (!lack.empty()) p.sentence(0, lack);
}

}  // namespace flopwatch::report
