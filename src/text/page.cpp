// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "text/page.hpp"

#include <algorithm>

#include "text/printable.hpp"
#include "text/wrap.hpp"

namespace flopwatch::text {
namespace {

std::string spaces(int n) { return std::string(static_cast<std::size_t>(std::max(0, n)), ' '); }

}  // namespace

int page_width(int asked) noexcept {
  constexpr int by_default = 160;
  constexpr int least = 60;
  return asked > 0 ? std::max(asked, least) : by_default;
}

void page::heading(std::string_view text) {
  blank();
  for (auto const& line : wrap(printable(text), width_)) text_.append(paint_(line, look::heading)) += '\n';
}

void page::beside(std::string_view first, int first_width, std::string_view text, look style) {
  int const room = std::min(width_, std::max(reading_width, first_width + 60)) - first_width;
  bool begin = true;
  for (auto const& line : wrap(printable(text), room)) {
    begin ? text_.append(first) : text_.append(spaces(first_width));
    text_.append(paint_(line, style)) += '\n';
    begin = false;
  }
}

void page::sentence(int indent, std::string_view text, look style) {
  beside(spaces(indent), indent, text, style);
}

void page::labelled(std::string_view label, int label_width, std::string_view text, look style) {
  auto const clean = printable(label);
  beside(spaces(label_width - display_width(clean)) + paint_(clean + ':', look::dim) + ' ', label_width + 2,
         text, style);
}

void page::item(int indent, std::string_view label, std::string_view text, look style, look label_style) {
  auto const clean = truncate_end(printable(label), width_ - 20);
  beside(spaces(indent) + paint_(clean, label_style) + "  ", indent + display_width(clean) + 2, text, style);
}

void page::table(laid_out_table const& t, int indent) {
  for (auto const& line : t.lines)
    text_.append(line.empty() ? 0 : static_cast<std::size_t>(indent), ' ').append(line) += '\n';
}

void page::rule(int indent, int columns) {
  std::string line;
  for (int i = 0; i < std::min(columns, width_ - indent); ++i) line += "─";
  text_.append(spaces(indent)).append(paint_(line, look::dim)) += '\n';
}

}  // namespace flopwatch::text
