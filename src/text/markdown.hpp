// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "text/text_table.hpp"

/// \file
/// Markdown as GitHub renders it.

namespace flopwatch::text {

/// A name as code, so that nothing in it is formatted, mentions a user or refers to an issue; "" stays empty.
/// It is made printable, and can be in a table.
[[nodiscard]] std::string markdown_code(std::string_view name);

/// Text that shows every character as it is; it can be in a table.
[[nodiscard]] std::string markdown_text(std::string_view text);

/// The whole table; the cells of columns whose `cutting` is `middle` are names, and shown as code. Guides of
/// a tree become an indent.
[[nodiscard]] std::string markdown_table(std::vector<table_column> const& columns);

}  // namespace flopwatch::text
