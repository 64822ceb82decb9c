// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace flopwatch::cli {

/// Columns of the terminal on standard output; 0 if it is no terminal, or its width is unknown.
[[nodiscard]] int terminal_width();

/// Whether standard output is a terminal that wants colours (https://no-color.org).
[[nodiscard]] bool terminal_wants_colour();

}  // namespace flopwatch::cli
