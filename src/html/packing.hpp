// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace flopwatch::html {

/// zlib's format, as base64.
[[nodiscard]] std::string packed(std::string_view data);

}  // namespace flopwatch::html
