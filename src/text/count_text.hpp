// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// \file
/// A number with its noun.

namespace flopwatch::text {

/// "1 call", "2,048 calls"
[[nodiscard]] std::string counted(std::int64_t n, std::string_view noun);

/// "1 pass", "2 passes"
[[nodiscard]] std::string counted(std::int64_t n, std::string_view one, std::string_view several);

}  // namespace flopwatch::text
