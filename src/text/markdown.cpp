// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "text/markdown.hpp"

#include <algorithm>

#include "text/printable.hpp"

namespace flopwatch::text {
namespace {

std::size_t longest_run_of_backticks(std::string_view text) {
  std::size_t longest = 0, run = 0;
  for (char const c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

/// One level of a tree is three columns of guides.
std::string indent_of(std::string const& guides) {
  std::string out;
  for (int level = 0; level < display_width(guides) / 3; ++level) out += "&emsp;";
  return out;
}

std::string cell_of(table_column const& c, std::size_t row) {
  auto const& cell = c.cells[row];
  auto text = c.cutting == cut::middle ? markdown_code(cell.text) : markdown_text(cell.text);
  if (!c.leads.empty()) text = indent_of(c.leads[row].wide) + text;
  auto const last = cell.tail.find_last_not_of(' ');
  return last == std::string::npos ? text : text + markdown_text(cell.tail.substr(0, last + 1));
}

}  // namespace

std::string markdown_code(std::string_view name) {
  if (name.empty()) return {};
  auto const clean = printable(name);
  std::string const fence(longest_run_of_backticks(clean) + 1, '`');
  // A backtick beside the fence would be part of it.
  char const* const pad = fence.size() > 1 ? " " : "";
  std::string out = fence + pad;
  for (char const c : clean) out.append(c == '|' ? "\\" : "").push_back(c);
  return out + pad + fence;
}

std::string markdown_text(std::string_view text) {
  constexpr std::string_view meaningful = "\\`*_[]<>|~&#";
  std::string out;
  for (char const c : printable(text)) {
    if (meaningful.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string markdown_table(std::vector<table_column> const& columns) {
  if (columns.empty()) return {};
  std::string out = "|";
  for (auto const& c : columns) {
    out += ' ' + markdown_text(c.group.empty() ? c.title : c.group + ' ' + c.title) + " |";
  }
  out += "\n|";
  for (auto const& c : columns) out += c.side == align::right ? " ---: |" : " --- |";
  out += '\n';
  for (std::size_t row = 0; row < columns.front().cells.size(); ++row) {
    out += '|';
    for (auto const& c : columns) out += ' ' + cell_of(c, row) + " |";
    out += '\n';
  }
  return out;
}

}  // namespace flopwatch::text
