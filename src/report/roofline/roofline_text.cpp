// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "flopwatch/roofline.hpp"
#include "report/figures.hpp"
#include "report/table_rows.hpp"
#include "text/number_text.hpp"
#include "text/page.hpp"
#include "text/printable.hpp"
#include "text/text_table.hpp"

namespace flopwatch {
namespace {

using namespace text;

constexpr std::string_view no_figure = "–";

std::string with_prefix(double n, std::string_view unit) {
  auto const s = scale_for(n);
  auto const what = fmt::format("{}{}", s.prefix, unit);
  return what.empty() ? scaled(n, s) : fmt::format("{} {}", scaled(n, s), what);
}

class roofline_table {
 public:
  roofline_table(analysis const& a, std::vector<roofline_row> const& rows, text_options const& options)
      : a_(a), rows_(rows), table_(a, options) {}

  std::vector<table_column> columns() {
    std::vector<table_column> out{names(), types()};
    out.push_back(column("FLOPs", 0, [&](std::size_t r) {
      auto const& row = rows_[r];
      if (!row.flops) return absent();
      auto text = with_prefix(table_.summed(r, static_cast<double>(*row.flops)), "");
      if (row.flops_partly) uncounted_ = true;
      bool const other_source = row.flops_measured != rows_[0].flops_measured;
      if (other_source) other_source_ = true;
      return text + (row.flops_partly ? "+" : "") + (other_source ? "*" : "");
    }));
    out.push_back(column("bytes", 0, [&](std::size_t r) {
      auto const& row = rows_[r];
      if (!row.bytes) return absent();
      auto text = with_prefix(table_.summed(r, static_cast<double>(*row.bytes)), "");
      if (row.launches_without_bytes > 0) partly_ = true;
      return text + (row.launches_without_bytes > 0 ? "+" : "");
    }));
    out.push_back(column("FLOP/byte", 0, [&](std::size_t r) {
      return rows_[r].intensity ? fmt::format("{:.2f}", *rows_[r].intensity) : absent();
    }));
    out.push_back(column("at most", 2, [&](std::size_t r) {
      return rows_[r].attainable ? with_prefix(*rows_[r].attainable, "FLOP/s") : std::string();
    }));
    out.push_back(column("lower ceiling", 1, [&](std::size_t r) {
      auto const limit = rows_[r].limit;
      return limit == roofline_limit::unknown ? std::string() : std::string(to_string(limit));
    }));
    out.back().side = align::left;
    return out;
  }

  std::vector<std::string> sentences() const {
    std::vector<std::string> out;
    if (partly_) out.emplace_back("+ or more: some launches in it have no count of bytes");
    if (uncounted_) out.emplace_back("+ or more: operators ran in it that no rule counts");
    if (other_source_)
      out.emplace_back(rows_[0].flops_measured ? "* counted from shapes" : "* read from counters");
    if (absent_) out.emplace_back(std::string(no_figure) + " not collected");
    for (auto& said : table_.said()) out.push_back(std::move(said));
    return out;
  }

 private:
  template <class F>
  table_column column(std::string title, int rank, F const& cell) {
    table_column c;
    c.title = std::move(title);
    c.rank = rank;
    for (auto const& s : table_.shown) c.cells.push_back({cell(s.row)});
    return c;
  }

  table_column names() {
    auto c = column(a_.capture.modules.empty() ? "scope" : "module", 0,
                    [&](std::size_t r) { return table_.name(a_, r); });
    for (std::size_t i = 0; i < table_.shown.size(); ++i) {
      auto const& s = table_.shown[i];
      c.cells[i].tail = table_.signs(a_, s);
      c.leads.push_back({s.guides, s.narrow_guides});
    }
    c.side = align::left;
    c.cutting = cut::middle;
    c.comfortable = 26;
    c.least = 12;
    return c;
  }

  table_column types() {
    auto c = column("type", 3, [&](std::size_t r) { return printable(a_.tree.rows[r].type); });
    for (auto& cell : c.cells) cell.style = look::dim;
    c.side = align::left;
    c.cutting = cut::middle;
    c.comfortable = 18;
    c.least = 8;
    return c;
  }

  std::string absent() {
    absent_ = true;
    return std::string(no_figure);
  }

  analysis const& a_;
  std::vector<roofline_row> const& rows_;
  report::table_rows table_;
  bool partly_ = false, uncounted_ = false, other_source_ = false, absent_ = false;
};

void ceilings_lines(page& p, roofline_row const& whole, ceilings const& limits) {
  p.labelled("ceilings", 8, limits.words.empty() ? "not known: give --chip" : limits.words);
  if (limits.bytes_per_second)
    p.labelled("memory", 8, with_prefix(*limits.bytes_per_second, "byte/s of DRAM"));
  if (!whole.compute_ceiling) return;
  p.labelled("compute", 8,
             with_prefix(*whole.compute_ceiling, "FLOP/s for the number formats of the whole, dense"));
  if (limits.bytes_per_second)
    p.labelled("ridge", 8,
               fmt::format("{:.1f} FLOP/byte: below it memory is the lower ceiling",
                           *whole.compute_ceiling / *limits.bytes_per_second));
}

}  // namespace

std::string roofline_text(analysis const& a, ceilings const& limits, text_options const& options) {
  auto const rows = roofline(a, limits);
  if (rows.empty()) return {};
  page p(page_width(options.width), painter(options.colour));
  if (report::info(a.capture, info_key::synthetic) == "yes") {
    p.sentence(0, "SYNTHETIC: the figures of this capture are made up.", look::bad);
    p.blank();
  }
  for (auto const& why : report::why_not_exact(a))
    p.sentence(0, "! NOT EXACT: " + printable(why), report::lost_data(a) ? look::bad : look::notice);
  p.labelled("FLOPs", 8, rows[0].flops_measured ? "read from counters" : "counted from shapes");
  p.labelled("bytes", 8, "DRAM traffic from the memory's own counters, which count all that the GPU did");
  ceilings_lines(p, rows[0], limits);
  p.blank();
  roofline_table builder(a, rows, options);
  auto const table = lay_out(builder.columns(), p.width(), p.paint());
  p.table(table);
  p.rule(0, table.width);
  for (auto const& said : builder.sentences()) p.sentence(0, said, look::dim);
  return std::move(p).take();
}

}  // namespace flopwatch
