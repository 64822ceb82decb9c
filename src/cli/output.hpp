// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace flopwatch::cli {

/// A closed pipe appears as a failed write from here on.
void see_closed_pipes();
/// What SIGPIPE did before, which a program that is started inherits.
using signal_setting = void (*)(int);
[[nodiscard]] signal_setting inherited_sigpipe() noexcept;

/// Writes to standard output and flushes it. A closed pipe (into `head`, say) is not an error.
/// \throws usage_error if the text cannot be written (a full disk)
void print(std::string_view text);

/// One line on standard error. `text` can quote anything.
void note(std::string_view text);

/// A line on standard error if there is an unfinished recording next to the capture `file`, which is shown.
void note_unfinished_beside(std::string const& file);

}  // namespace flopwatch::cli
