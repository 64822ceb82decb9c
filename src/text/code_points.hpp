// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace flopwatch::text {

/// One character of UTF-8 text, or one invalid byte.
struct decoded {
  std::uint32_t code_point = 0;
  std::size_t bytes = 1;
  bool valid = false;
};

/// The first character of non-empty `text`. Overlong forms, surrogates and cut sequences are invalid.
[[nodiscard]] decoded decode_first(std::string_view text);

/// 0, 1 or 2 columns.
[[nodiscard]] int columns_of(std::uint32_t code_point);

/// Is invisible, or changes how its neighbours look.
[[nodiscard]] bool must_escape(std::uint32_t code_point);

/// Bytes of the longest prefix that takes at most `width` columns.
[[nodiscard]] std::size_t fitting_prefix(std::string_view text, int width);

}  // namespace flopwatch::text
