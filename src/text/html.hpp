// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "text/text_table.hpp"

/// \file
/// HTML that can stand anywhere in a page.

namespace flopwatch::text {

/// Text that shows every character as it is, in an element or in an attribute with quotes. It is made
/// printable.
[[nodiscard]] std::string html_text(std::string_view text);

/// The whole table. Guides of a tree become an indent; names are code. It has no style but alignment, so that
/// it looks like its surroundings.
[[nodiscard]] std::string html_table(std::vector<table_column> const& columns);

}  // namespace flopwatch::text
