// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "text/text_table.hpp"

#include <algorithm>
#include <numeric>

#include "text/printable.hpp"

namespace flopwatch::text {
namespace {

constexpr int gap = 2;

struct placed_column {
  table_column const* column = nullptr;
  int natural = 0;
  int width = 0;
};

int natural_width(table_column const& c) {
  int width = display_width(c.title);
  for (std::size_t i = 0; i < c.cells.size(); ++i) {
    int const lead = c.leads.empty() ? 0 : display_width(c.leads[i].wide);
    width = std::max(width, lead + display_width(c.cells[i].text) + display_width(c.cells[i].tail));
  }
  return width;
}

std::string repeat(std::string_view piece, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += piece;
  return out;
}

int total_width(std::vector<placed_column> const& columns) {
  int total = columns.empty() ? 0 : -gap;
  for (auto const& c : columns) total += c.width + gap;
  return total;
}

/// Index after the last column of the group that begins at `first`.
std::size_t group_end(std::vector<placed_column> const& columns, std::size_t first) {
  std::size_t end = first + 1;
  if (columns[first].column->group.empty()) return end;
  while (end < columns.size() && columns[end].column->group == columns[first].column->group) ++end;
  return end;
}

int span_width(std::vector<placed_column> const& columns, std::size_t first, std::size_t end) {
  int width = -gap;
  for (auto i = first; i < end; ++i) width += columns[i].width + gap;
  return width;
}

void relax(std::vector<placed_column>& columns) {
  for (auto& c : columns) c.width = c.natural;
  for (std::size_t i = 0; i < columns.size(); i = group_end(columns, i)) {
    auto const end = group_end(columns, i);
    int const lacking = display_width(columns[i].column->group) - span_width(columns, i, end);
    if (lacking > 0) columns[end - 1].width += lacking;
  }
}

/// Cuts the columns that may be cut, the widest first, until the table fits or all are at their floor.
bool squeeze(std::vector<placed_column>& columns, int limit, int table_column::*floor) {
  int excess = total_width(columns) - limit;
  while (excess > 0) {
    placed_column* widest = nullptr;
    for (auto& c : columns) {
      if (c.column->cutting == cut::never || c.width <= c.column->*floor) continue;
      if (widest == nullptr || c.width - c.column->*floor > widest->width - widest->column->*floor)
        widest = &c;
    }
    if (widest == nullptr) return false;
    --widest->width;
    --excess;
  }
  return true;
}

int highest_rank(std::vector<placed_column> const& columns) {
  int rank = 0;
  for (auto const& c : columns) rank = std::max(rank, c.column->rank);
  return rank;
}

std::string name_of(table_column const& c) { return c.group.empty() ? c.title : c.group + ' ' + c.title; }

void fit(std::vector<placed_column>& columns, int limit, std::vector<std::string>& left_out) {
  std::vector<std::string> all;
  all.reserve(columns.size());
  for (auto const& c : columns) all.push_back(name_of(*c.column));
  auto const note_left_out = [&] {
    for (auto const& name : all) {
      auto const kept = [&](placed_column const& c) { return name_of(*c.column) == name; };
      if (std::none_of(columns.begin(), columns.end(), kept)) left_out.push_back(name);
    }
  };
  relax(columns);
  while (!squeeze(columns, limit, &table_column::comfortable)) {
    int const rank = highest_rank(columns);
    auto const is_next = [&](placed_column const& c) { return c.column->rank == rank; };
    bool const cherished = std::any_of(columns.begin(), columns.end(),
                                       [&](auto const& c) { return is_next(c) && c.column->cherished; });
    if ((rank == 0 || cherished) && squeeze(columns, limit, &table_column::least)) break;
    if (rank == 0) break;
    std::erase_if(columns, is_next);
    relax(columns);
  }
  note_left_out();
}

/// Blanks at the end of the text stay unpainted, so that they can be trimmed from the end of a line.
std::string padded(std::string_view text, look style, int width, align side, painter const& paint) {
  auto const last = text.find_last_not_of(' ');
  auto const visible = last == std::string_view::npos ? 0 : last + 1;
  auto const lacking = static_cast<std::size_t>(std::max(0, width - display_width(text)));
  std::string out(side == align::left ? 0 : lacking, ' ');
  out += paint(text.substr(0, visible), style);
  out += text.substr(visible);
  if (side == align::left) out.append(lacking, ' ');
  return out;
}

std::string cell_text(std::size_t row, placed_column const& c, painter const& paint) {
  auto const& cell = c.column->cells[row];
  std::string lead = c.column->leads.empty() ? "" : c.column->leads[row].wide;
  int const wanted = display_width(cell.text) + display_width(cell.tail);
  if (display_width(lead) + wanted > c.width)
    lead = truncate_start(lead, std::max(c.width / 2, c.width - wanted));
  int const room = c.width - display_width(lead);
  int const text_room = std::max(0, room - display_width(cell.tail));
  std::string text = c.column->cutting == cut::middle ? truncate_middle(cell.text, text_room)
                                                      : truncate_end(cell.text, text_room);
  text = truncate_end(text + cell.tail, room);
  return paint(lead, look::dim) + padded(text, cell.style, room, c.column->side, paint);
}

void trim_end(std::string& line) {
  auto const last = line.find_last_not_of(' ');
  line.erase(last == std::string::npos ? 0 : last + 1);
}

std::string group_line(std::vector<placed_column> const& columns, painter const& paint) {
  std::string line;
  for (std::size_t i = 0; i < columns.size(); i = group_end(columns, i)) {
    auto const end = group_end(columns, i);
    int const span = span_width(columns, i, end);
    auto const& group = columns[i].column->group;
    if (i > 0) line += repeat(" ", gap);
    int const room = span - display_width(group);
    if (group.empty() || room < 4) {
      line += padded(group, look::strong, span, align::right, paint);
    } else {
      int const left = (room - 2) / 2;
      line += paint(repeat("─", left), look::dim) + ' ' + paint(group, look::strong) + ' ' +
              paint(repeat("─", room - 2 - left), look::dim);
    }
  }
  trim_end(line);
  return line;
}

}  // namespace

bool is_empty(table_column const& c) {
  return c.leads.empty() && std::all_of(c.cells.begin(), c.cells.end(), [](table_cell const& cell) {
           return cell.text.empty() && cell.tail.find_first_not_of(' ') == std::string::npos;
         });
}

namespace {

/// Uses the narrow leads of columns that had to be cut. False if there are none.
bool narrow_leads(std::vector<table_column>& columns, std::vector<placed_column> const& placed) {
  bool changed = false;
  for (auto& c : columns) {
    bool const is_cut = std::any_of(placed.begin(), placed.end(), [&](placed_column const& p) {
      return name_of(*p.column) == name_of(c) && p.width < p.natural;
    });
    if (!is_cut) continue;
    for (auto& lead : c.leads) {
      if (lead.narrow.empty() || lead.wide == lead.narrow) continue;
      lead.wide = lead.narrow;
      changed = true;
    }
  }
  return changed;
}

std::vector<placed_column> place(std::vector<table_column> const& columns, int width,
                                 std::vector<std::string>& left_out) {
  std::vector<placed_column> placed;
  for (auto const& c : columns) {
    int const natural = natural_width(c);
    placed.push_back({&c, natural, natural});
  }
  left_out.clear();
  fit(placed, width, left_out);
  return placed;
}

}  // namespace

laid_out_table lay_out(std::vector<table_column> columns, int width, painter const& paint) {
  laid_out_table out;
  auto placed = place(columns, width, out.left_out);
  if (narrow_leads(columns, placed)) placed = place(columns, width, out.left_out);
  out.width = total_width(placed);
  if (std::any_of(placed.begin(), placed.end(), [](auto const& c) { return !c.column->group.empty(); })) {
    out.lines.push_back(group_line(placed, paint));
  }
  auto const join = [&](auto const& text_of) {
    std::string line;
    for (std::size_t i = 0; i < placed.size(); ++i) {
      if (i > 0) line.append(gap, ' ');
      line += text_of(placed[i]);
    }
    trim_end(line);
    out.lines.push_back(std::move(line));
  };
  join([&](placed_column const& c) {
    return padded(truncate_end(c.column->title, c.width), look::strong, c.width, c.column->side, paint);
  });
  out.lines.push_back(paint(repeat("─", out.width), look::dim));
  std::size_t const rows = placed.empty() ? 0 : placed.front().column->cells.size();
  for (std::size_t r = 0; r < rows; ++r) {
    join([&](placed_column const& c) { return cell_text(r, c, paint); });
  }
  return out;
}

}  // namespace flopwatch::text
