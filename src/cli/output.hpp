// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace flopwatch::cli {

/// Writes to standard output and flushes it. A closed pipe (into `head`, say) is not an error.
/// \throws usage_error if the text cannot be written (a full disk)
void print(std::string_view text);

}  // namespace flopwatch::cli
