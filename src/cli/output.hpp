// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace flopwatch::cli {

/// Writes to standard output and flushes it. A reader that went away (a pipe into `head`) is no error.
/// \throws usage_error when the text cannot be written (a full disk)
void print(std::string_view text);

}  // namespace flopwatch::cli
