// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "flopwatch/capture.hpp"
#include "flopwatch/precision.hpp"

/// \file
/// Enumerations as the words that stand in the file.

namespace flopwatch::capture_detail {

/// In the order of the enumerators.
template <class E>
inline constexpr std::array<std::string_view, 0> words{};
template <>
inline constexpr std::array<std::string_view, 4> words<phase>{"forward", "backward", "recompute",
                                                              "optimizer"};
template <>
inline constexpr std::array<std::string_view, 3> words<rule_origin>{"none", "thop", "custom"};
template <>
inline constexpr std::array<std::string_view, 2> words<formula_unit>{"macs", "operations"};
template <>
inline constexpr std::array<std::string_view, 4> words<operator_status>{"counted", "no_arithmetic",
                                                                        "unsupported", "partly_counted"};
template <>
inline constexpr std::array<std::string_view, 3> words<arithmetic>{"none", "multiply_add", "other"};
template <>
inline constexpr std::array<std::string_view, 3> words<severity>{"note", "warning", "error"};
template <>
inline constexpr std::array<std::string_view, 3> words<raw_choice>{"all", "sample", "none"};

/// "invalid" for a number that is no enumerator: the tables refuse that word.
template <class E>
[[nodiscard]] std::string_view word(E e) noexcept {
  auto const i = static_cast<std::size_t>(e);
  return i < words<E>.size() ? words<E>[i] : std::string_view("invalid");
}
[[nodiscard]] inline std::string_view word(precision p) noexcept { return to_string(p); }

template <class E>
[[nodiscard]] std::optional<E> from_word(std::string_view text) noexcept {
  for (std::size_t i = 0; i < words<E>.size(); ++i) {
    if (words<E>[i] == text) return static_cast<E>(i);
  }
  return std::nullopt;
}
template <>
[[nodiscard]] inline std::optional<precision> from_word(std::string_view text) noexcept {
  return parse_precision(text);
}

}  // namespace flopwatch::capture_detail
