// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "flopwatch/html.hpp"
#include "flopwatch/report.hpp"

namespace CLI {
class App;
}

namespace flopwatch::cli {

/// How `report` and `demo` show an analysis.
struct report_options {
  bool json = false;
  std::string units = "both";
  int depth = 0;
  int width = 0;  ///< 0: that of the terminal
  std::string colour = "auto";
  bool no_explain = false;
  std::string phase;  ///< empty: all
  bool csv = false;
  bool markdown = false;
  std::string flat;  ///< empty: the tree
  std::string sort;  ///< empty: as recorded
  std::string filter;
  int top = 0;
  bool no_fold = false;
  std::string min_share;  ///< "1%"; empty: all
  std::string html;       ///< file of the page; empty: none

  /// For people, and not a document of its own.
  [[nodiscard]] bool is_text() const noexcept { return !json && !csv && !markdown && html.empty(); }
  void add_to(CLI::App& command);
  [[nodiscard]] text_options for_text() const;
  [[nodiscard]] row_choice rows() const;
};

/// Prints the analysis, or writes its page. \returns the exit code that its data losses require
/// \param page what the page has beside the analysis
/// \throws usage_error, also where the page cannot be written
int print_report(analysis const& a, report_options const& options, html_options const& page = {});

}  // namespace flopwatch::cli
