// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

/// \file
/// Makes text from a capture safe for a terminal, and measures it. Names come from the user's program and can
/// hold anything; they must not move the cursor, change colours or reorder a line.

namespace flopwatch::text {

/// `text` with control characters and invisible characters escaped: control characters as \n, \t, \x1b;
/// direction marks, joiners and unusual spaces as \u{202e}; bytes that are not UTF-8 as \xff. The result is
/// valid UTF-8 on one line.
[[nodiscard]] std::string printable(std::string_view text);

/// The same for a message of several lines: line breaks stay.
[[nodiscard]] std::string printable_lines(std::string_view text);

/// Columns that printable text takes: 2 for wide (CJK, emoji) characters, 0 for combining ones.
[[nodiscard]] int display_width(std::string_view text);

/// Cut to at most `width` columns with an ellipsis at the start, at the end, or in the middle.
[[nodiscard]] std::string truncate_start(std::string_view text, int width);
[[nodiscard]] std::string truncate_end(std::string_view text, int width);
[[nodiscard]] std::string truncate_middle(std::string_view text, int width);

}  // namespace flopwatch::text
