// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "text/style.hpp"

/// \file
/// A table that fits a width: wide columns are cut first, then the least important columns are left out.

namespace flopwatch::text {

enum class align : unsigned char { left, right };
enum class cut : unsigned char { never, end, middle };

struct table_cell {
  std::string text;  ///< printable
  look style = look::plain;
  std::string tail = {};  ///< after the text, kept when the text is cut: "+2"
};

/// Text before a cell's text: the guides of a tree, cut from their start to half of the column.
struct cell_lead {
  std::string wide;
  std::string narrow;  ///< used instead if its column must be cut; empty: the same
};

struct table_column {
  std::string group;  ///< neighbours with the same non-empty group share one heading
  std::string title;
  align side = align::right;
  cut cutting = cut::never;
  int comfortable = 0;     ///< a column that may be cut is cut to this before others are left out
  int least = 0;           ///< and to this when nothing more can be left out
  int rank = 0;            ///< higher ranks are left out first; 0: never
  bool cherished = false;  ///< left out only if the others, cut to their least, leave no room
  std::vector<table_cell> cells;
  std::vector<cell_lead> leads = {};  ///< of `cells`; can be empty
};

/// Every cell is empty.
[[nodiscard]] bool is_empty(table_column const& c);

struct laid_out_table {
  std::vector<std::string> lines;
  int width = 0;
  std::vector<std::string> left_out;  ///< groups and titles of columns that did not fit, in their order
};

/// Lines of at most `width` columns, as long as the columns of rank 0 fit with their least width.
[[nodiscard]] laid_out_table lay_out(std::vector<table_column> columns, int width, painter const& paint);

}  // namespace flopwatch::text
