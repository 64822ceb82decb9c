// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

/// \file
/// Printable text in lines, broken between words.

namespace flopwatch::text {

/// Sentences are wrapped at this column, also where more would fit.
constexpr int reading_width = 100;

/// Lines of at most `width` columns. A word that is longer is broken.
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, int width);

/// `text` as the rest of a line whose first `column` columns are already written, wrapped at `reading_width`:
/// the lines after the first are indented by `indent`. A word that is longer stays whole, so that a path can
/// be copied. There is no line end after the last line.
[[nodiscard]] std::string wrap_after(std::string_view text, int column, int indent);

}  // namespace flopwatch::text
