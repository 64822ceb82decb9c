// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "flopwatch/diff.hpp"
#include "text/count_text.hpp"
#include "text/number_text.hpp"
#include "text/page.hpp"
#include "text/printable.hpp"

namespace flopwatch {
namespace {

using namespace text;

constexpr std::size_t most_rows = 40;
constexpr std::size_t most_increases = 20;

std::string or_absent(std::optional<std::int64_t> v) { return v ? grouped(*v) : "–"; }

/// "+2.0%"; "12.5×" for large rises, "new" for one from nothing.
std::string percent_of(diff_pair const& p) {
  auto const change = p.change();
  if (!change || *change == 0) return "";
  if (*p.a == 0) return "new";
  auto const share = 100.0 * static_cast<double>(*change) / static_cast<double>(*p.a);
  if (share >= 1000) return fmt::format("{:.3g}×", static_cast<double>(*p.b) / static_cast<double>(*p.a));
  if (std::abs(share) < 0.05) return share < 0 ? ">-0.1%" : "<+0.1%";
  return fmt::format("{:+.1f}%", share);
}

look style_of_change(diff_pair const& p) {
  auto const change = p.change().value_or(0);
  return change > 0 ? look::bad : change < 0 ? look::good : look::dim;
}

std::string change_text(diff_pair const& p) {
  auto const change = p.change();
  return change ? signed_grouped(*change) : "–";
}

void side_line(page& p, char const* label, diff_side const& s) {
  std::string text = printable(s.name);
  auto const add = [&](std::string const& part) {
    if (!part.empty()) text += ", " + printable(part);
  };
  add(s.program);
  add(s.framework);
  add(s.gpu.empty() ? (s.device == "none" ? "no GPU" : s.device) : s.gpu);
  add(s.created_utc);
  if (s.processes > 0) add(counted(s.processes, "process", "processes"));
  p.labelled(label, 1, text);
}

void wholeness(page& p, capture_diff const& d) {
  for (auto const* side : {&d.a, &d.b}) {
    auto const* const label = side == &d.a ? "A" : "B";
    if (side->lost_data) {
      p.sentence(0,
                 fmt::format("! NOT EXACT: {} lost data ({}), so its figures may be too low.", label,
                             fmt::join(side->losses, ", ")),
                 look::bad);
    } else if (!side->exact) {
      p.sentence(
          0, fmt::format("! {} has operators that were not counted in full; its report names them.", label),
          look::notice);
    }
  }
  for (auto const& u : d.unlike) p.sentence(0, "! " + printable(u), look::notice);
}

table_column diff_column(std::string title, align side = align::right, int rank = 0) {
  table_column c;
  c.title = std::move(title);
  c.side = side;
  c.rank = rank;
  return c;
}

void whole_table(page& p, capture_diff const& d) {
  std::vector<table_column> columns{diff_column("The whole", align::left), diff_column("A"), diff_column("B"),
                                    diff_column("B - A"), diff_column("change")};
  auto const& whole = d.whole();
  for (auto const f : all_diff_figures) {
    auto const& pair = whole.of(f);
    if (!pair.a && !pair.b) continue;
    columns[0].cells.push_back({std::string(short_text(f))});
    columns[1].cells.push_back({or_absent(pair.a)});
    columns[2].cells.push_back({or_absent(pair.b)});
    columns[3].cells.push_back({change_text(pair), style_of_change(pair)});
    columns[4].cells.push_back({percent_of(pair), style_of_change(pair)});
  }
  p.table(lay_out(std::move(columns), p.width(), p.paint()));
}

std::string calls_of(diff_row const& r) {
  if (r.calls_a == r.calls_b) return grouped(r.calls_b);
  return grouped(r.calls_a) + " → " + grouped(r.calls_b);
}

/// Two columns for each figure that changed anywhere: how much, and in relation to A.
void rows_table(page& p, std::vector<diff_row const*> const& rows) {
  std::vector<table_column> columns{diff_column("module", align::left), diff_column("type", align::left, 9),
                                    diff_column("calls", align::right, 8)};
  columns[0].cutting = columns[1].cutting = cut::middle;
  columns[0].comfortable = 32;
  columns[0].least = 14;
  columns[1].comfortable = 16;
  columns[1].least = 8;
  bool const any_added =
      std::any_of(rows.begin(), rows.end(), [](auto const* r) { return r->in_a != r->in_b; });
  for (auto const* r : rows) {
    auto const* const mark = r->in_a == r->in_b ? "" : r->in_b ? "+" : "-";
    auto const style = r->in_a == r->in_b ? look::plain : r->in_b ? look::bad : look::good;
    columns[0].cells.push_back({(any_added ? fmt::format("{:<1} ", mark) : "") + printable(r->name), style});
    columns[1].cells.push_back({printable(r->type), look::dim});
    columns[2].cells.push_back({calls_of(*r)});
  }
  int rank = 0;
  for (auto const f : all_diff_figures) {
    bool const any = std::any_of(rows.begin(), rows.end(),
                                 [&](auto const* r) { return r->of(f).change().value_or(0) != 0; });
    if (!any) continue;
    auto now = diff_column("B", align::right, rank + 3);
    auto change = diff_column("B - A", align::right, rank);
    auto share = diff_column("change", align::right, rank == 0 ? 2 : rank + 2);
    now.group = change.group = share.group = std::string(short_text(f));
    for (auto const* r : rows) {
      auto const& pair = r->of(f);
      now.cells.push_back({or_absent(pair.b)});
      change.cells.push_back({change_text(pair), style_of_change(pair)});
      share.cells.push_back({percent_of(pair), style_of_change(pair)});
    }
    columns.push_back(std::move(now));
    columns.push_back(std::move(change));
    columns.push_back(std::move(share));
    rank += 2;
  }
  auto const table = lay_out(std::move(columns), p.width(), p.paint());
  p.table(table);
  if (!table.left_out.empty())
    p.sentence(0, fmt::format("Left out at this width: {}.", fmt::join(table.left_out, ", ")), look::dim);
}

void increases(page& p, capture_diff const& d, diff_options const& options) {
  auto const found = increases_above(d, *options.limit);
  if (found.empty()) {
    p.heading(fmt::format("Nothing rose by more than {}", printable(options.limit_text)));
    return;
  }
  p.heading(fmt::format("{} rose by more than {}", counted(static_cast<std::int64_t>(found.size()), "figure"),
                        printable(options.limit_text)));
  p.blank();
  for (std::size_t i = 0; i < std::min(found.size(), most_increases); ++i) {
    auto const& r = d.rows[found[i].row];
    auto const& pair = r.of(found[i].figure);
    p.item(2, printable(r.name),
           fmt::format("{} from {} to {} ({})", short_text(found[i].figure), or_absent(pair.a),
                       or_absent(pair.b), percent_of(pair)),
           look::plain, look::bad);
  }
  if (found.size() > most_increases)
    p.sentence(2, fmt::format("and {} more (all of them: --json)", found.size() - most_increases), look::dim);
}

}  // namespace

std::string diff_text(capture_diff const& d, diff_options const& options) {
  page p(page_width(options.width), painter(options.colour));
  side_line(p, "A", d.a);
  side_line(p, "B", d.b);
  p.blank();
  wholeness(p, d);
  if (d.a.lost_data || d.b.lost_data || !d.a.exact || !d.b.exact || !d.unlike.empty()) p.blank();
  whole_table(p, d);

  std::vector<diff_row const*> changed;
  std::size_t added = 0;
  std::size_t removed = 0;
  for (auto const& r : d.rows) {
    if (!r.changed()) continue;
    changed.push_back(&r);
    added += !r.in_a ? 1 : 0;
    removed += !r.in_b ? 1 : 0;
  }
  if (changed.empty()) {
    p.heading("No module changed");
  } else {
    auto const modules = [](std::size_t n) { return counted(static_cast<std::int64_t>(n), "module"); };
    p.heading(fmt::format("{} changed, largest change first; {} in B alone (+), {} in A alone (-)",
                          modules(changed.size()), added, removed));
    p.blank();
    auto const all = changed.size();
    if (!options.all && all > most_rows) changed.resize(most_rows);
    rows_table(p, changed);
    if (changed.size() < all)
      p.sentence(0, fmt::format("and {} more (--all shows them)", all - changed.size()), look::dim);
  }
  if (options.limit) increases(p, d, options);
  return std::move(p).take();
}

}  // namespace flopwatch
