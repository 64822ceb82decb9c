// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "flopwatch/report.hpp"
#include "text/text_table.hpp"

namespace flopwatch::report {

/// The table of modules with all its columns, before it is fitted to a page.
struct module_cells {
  std::vector<text::table_column> columns;
  std::vector<std::string> signs;  ///< what its signs mean
  std::vector<std::string> said;   ///< which modules are not shown, a sentence each
};

/// \throws usage_error for a filter that is no regular expression
[[nodiscard]] module_cells module_cells_of(analysis const& a, text_options const& options);

}  // namespace flopwatch::report
