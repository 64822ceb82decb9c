// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace flopwatch::text {

/// How many characters must be put in, taken out or replaced to make one text of the other.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate with the smallest edit distance to `name`, the first of equal ones; nullopt if none is
/// close: at most a third of the longer text, or two characters.
[[nodiscard]] std::optional<std::string> nearest(std::string_view name,
                                                 std::span<std::string const> candidates);

}  // namespace flopwatch::text
