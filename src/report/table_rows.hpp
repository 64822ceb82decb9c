// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "flopwatch/report.hpp"
#include "report/chosen_rows.hpp"
#include "report/figures.hpp"
#include "report/folded_rows.hpp"
#include "report/tree_view.hpp"

namespace flopwatch::report {

/// The rows of the table of modules: chosen, folded, and laid out as a tree.
struct table_rows {
  /// \throws usage_error for a filter that is no regular expression
  table_rows(analysis const& a, text_options const& options);

  /// A figure of one row over the equal rows that it stands for.
  [[nodiscard]] double summed(std::size_t row, double of_one) const;
  /// At most the largest number.
  [[nodiscard]] std::int64_t summed(std::size_t row, std::int64_t of_one) const;
  /// What its cell says: its label, or those of the equal rows that it stands for.
  [[nodiscard]] std::string name(analysis const& a, std::size_t row) const;
  /// After it: " *" around a root, "  24×" for equal rows, " (+48)" for rows below that are not shown.
  [[nodiscard]] std::string signs(analysis const& a, shown_row const& s) const;
  /// What is not shown, a sentence each.
  [[nodiscard]] std::vector<std::string> said() const;

  std::vector<silence> silent;  ///< by row of the tree
  chosen_rows chosen;
  folded_rows folded;
  std::vector<shown_row> shown;
};

}  // namespace flopwatch::report
