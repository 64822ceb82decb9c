// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace flopwatch::cli {

/// The help of a command: its section of docs/cli.md, from which all help texts come. The whole program is
/// the command "". Markdown signs are taken off.
/// \throws std::out_of_range for a command without a section
[[nodiscard]] std::string help_text(std::string_view command);

/// Section of a document in the form of docs/cli.md: what stands under "## flopwatch <command>", or above
/// the first "## " for "".
[[nodiscard]] std::string help_text(std::string_view document, std::string_view command);

}  // namespace flopwatch::cli
