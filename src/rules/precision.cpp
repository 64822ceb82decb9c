// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/precision.hpp"

#include <array>

namespace flopwatch {
namespace {

constexpr std::array<std::string_view, precision_count> precision_names{
    "fp64", "fp32", "tf32", "fp16", "bf16", "fp8", "fp4", "int8", "integer", "unknown",
};

}  // namespace

std::string_view to_string(precision p) noexcept {
  auto const i = static_cast<std::size_t>(p);
  return i < precision_names.size() ? precision_names[i] : precision_names.back();
}

std::optional<precision> parse_precision(std::string_view text) noexcept {
  for (std::size_t i = 0; i < precision_names.size(); ++i) {
    if (precision_names[i] == text) return static_cast<precision>(i);
  }
  return std::nullopt;
}

}  // namespace flopwatch
