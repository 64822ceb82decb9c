// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace flopwatch::text {

/// What a piece of text means, which decides its colours.
enum class look : unsigned char { plain, strong, dim, good, notice, bad, heading };

/// Paints text with ANSI sequences, or leaves it as it is.
class painter {
 public:
  explicit painter(bool colour) noexcept : colour_(colour) {}
  [[nodiscard]] std::string operator()(std::string_view text, look l) const;

 private:
  bool colour_;
};

}  // namespace flopwatch::text
