// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace flopwatch::cli {

/// Columns of the terminal on standard output; 0 if it is no terminal, or its width is unknown.
[[nodiscard]] int terminal_width();

/// Text for people as the locale can show it: ASCII alone where its character set is not UTF-8. Where no
/// locale is set at all, as in most containers, UTF-8 is taken.
[[nodiscard]] std::string readable(std::string text);

/// Whether standard output is a terminal that wants colours (https://no-color.org).
[[nodiscard]] bool terminal_wants_colour();
/// What `--color` says: "always", "never", or "auto" for what the terminal wants.
[[nodiscard]] bool wants_colour(std::string const& choice);

}  // namespace flopwatch::cli
