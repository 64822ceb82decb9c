// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace flopwatch::cli {

/// The help of a command: its section of docs/cli.md without the Markdown signs. The command "" is the whole
/// program.
/// \throws std::out_of_range for a command without a section
[[nodiscard]] std::string help_text(std::string_view command);

/// The section of a document in the form of docs/cli.md: the text under "## flopwatch <command>", or before
/// the first "## " for "".
[[nodiscard]] std::string help_text(std::string_view document, std::string_view command);

}  // namespace flopwatch::cli
