// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "report/flat_rows.hpp"
#include "text/text_table.hpp"

namespace flopwatch::report {

/// The scopes in which a row ran: the first `most` and how many more.
[[nodiscard]] std::string first_scopes(analysis const& a, flat_row const& row, std::size_t most);

/// The table as text and Markdown show it, without columns that were not collected.
[[nodiscard]] std::vector<text::table_column> flat_columns(analysis const& a, flat_by by,
                                                           std::vector<flat_row> const& rows,
                                                           unit_choice units);

/// What the table lacks, one sentence; "" if nothing.
[[nodiscard]] std::string flat_lack(analysis const& a, flat_by by, flat_rows const& rows);

}  // namespace flopwatch::report
