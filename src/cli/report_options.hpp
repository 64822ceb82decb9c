// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

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

  void add_to(CLI::App& command);
  [[nodiscard]] text_options for_text() const;
};

/// Prints the analysis. \returns the exit code that its data losses require
int print_report(analysis const& a, report_options const& options);

}  // namespace flopwatch::cli
