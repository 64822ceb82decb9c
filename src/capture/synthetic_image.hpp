// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

namespace flopwatch::cupti {

/// The counter data image was made up for a test, and says so in its first bytes. No CUPTI makes such images.
[[nodiscard]] inline bool is_synthetic(std::span<std::uint8_t const> image) noexcept {
  static constexpr char text[] = "flopw. stand-in";
  constexpr std::string_view mark(text, sizeof text);  // with the end of string
  return image.size() >= mark.size() &&
         std::equal(mark.begin(), mark.end(), image.begin(),
                    [](char m, std::uint8_t b) { return static_cast<std::uint8_t>(m) == b; });
}

}  // namespace flopwatch::cupti
