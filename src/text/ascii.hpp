// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace flopwatch::text {

/// The text for a terminal without UTF-8: each sign of ours becomes one that looks like it, any other
/// character '?', each as wide as before, so that tables stay in line.
[[nodiscard]] std::string to_ascii(std::string_view text);

}  // namespace flopwatch::text
