// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "text/style.hpp"
#include "text/text_table.hpp"

namespace flopwatch::text {

/// Columns of a page: those that are asked for, at least 60; 160 where none are (0).
[[nodiscard]] int page_width(int asked) noexcept;

/// Lines of a report, none wider than `width`. Accepts raw text and makes it printable.
class page {
 public:
  page(int width, painter paint) noexcept : width_(width), paint_(paint) {}

  /// An empty line, then the heading.
  void heading(std::string_view text);
  /// Wrapped at `reading_width` even on a wider page; continuation lines are indented like the first one.
  void sentence(int indent, std::string_view text, look style = look::plain);
  /// "label: text", the label right-aligned in `label_width` columns, the text wrapped next to it.
  void labelled(std::string_view label, int label_width, std::string_view text, look style = look::plain);
  /// A label and text after `indent` spaces; continuation lines start below the text.
  void item(int indent, std::string_view label, std::string_view text, look style = look::plain,
            look label_style = look::plain);
  void table(laid_out_table const& t, int indent = 0);
  void blank() { text_ += '\n'; }
  /// A horizontal line of at most the page's width.
  void rule(int indent, int columns);

  [[nodiscard]] int width() const noexcept { return width_; }
  [[nodiscard]] painter const& paint() const noexcept { return paint_; }
  [[nodiscard]] std::string take() && { return std::move(text_); }

 private:
  void beside(std::string_view first, int first_width, std::string_view text, look style);

  int width_;
  painter paint_;
  std::string text_;
};

}  // namespace flopwatch::text
