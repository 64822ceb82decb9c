// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "text/html.hpp"

#include <fmt/format.h>

#include "text/printable.hpp"

namespace flopwatch::text {
namespace {

std::string_view side_of(table_column const& c) { return c.side == align::right ? "right" : "left"; }

std::string html_cell_of(table_column const& c, std::size_t row) {
  auto const& cell = c.cells[row];
  auto text = html_text(cell.text);
  if (c.cutting == cut::middle && !text.empty()) text = "<code>" + text + "</code>";
  // One level of a tree is three columns of guides.
  auto const levels = c.leads.empty() ? 0 : display_width(c.leads[row].wide) / 3;
  auto const indent = levels == 0 ? "" : fmt::format(";padding-left:{:.1f}em", 0.5 + 1.2 * levels);
  return fmt::format("<td style=\"text-align:{};white-space:nowrap{}\">{}{}</td>", side_of(c), indent, text,
                     html_text(cell.tail));
}

}  // namespace

std::string html_text(std::string_view text) {
  std::string out;
  for (char const c : printable(text)) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\'') {
      out += "&#39;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string html_table(std::vector<table_column> const& columns) {
  if (columns.empty()) return {};
  std::string out = "<table>\n<thead><tr>";
  for (auto const& c : columns) {
    out += fmt::format("<th scope=\"col\" style=\"text-align:{}\">{}</th>", side_of(c),
                       html_text(c.group.empty() ? c.title : c.group + ' ' + c.title));
  }
  out += "</tr></thead>\n<tbody>\n";
  for (std::size_t row = 0; row < columns.front().cells.size(); ++row) {
    out += "<tr>";
    for (auto const& c : columns) out += html_cell_of(c, row);
    out += "</tr>\n";
  }
  return out + "</tbody>\n</table>\n";
}

}  // namespace flopwatch::text
