// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "flopwatch/capture_records.hpp"
#include "flopwatch/precision.hpp"

/// \file
/// The text of each enumerator, as it is in the file.

namespace flopwatch::capture_detail {

/// In the order of the enumerators.
template <class E>
inline constexpr std::array<std::string_view, 0> enum_texts{};
template <>
inline constexpr std::array<std::string_view, 4> enum_texts<phase>{"forward", "backward", "recompute",
                                                                   "optimizer"};
template <>
inline constexpr std::array<std::string_view, 3> enum_texts<rule_origin>{"none", "thop", "custom"};
template <>
inline constexpr std::array<std::string_view, 2> enum_texts<formula_unit>{"macs", "operations"};
template <>
inline constexpr std::array<std::string_view, 4> enum_texts<operator_status>{"counted", "no_arithmetic",
                                                                             "unsupported", "partly_counted"};
template <>
inline constexpr std::array<std::string_view, 3> enum_texts<arithmetic>{"none", "multiply_add", "other"};
template <>
inline constexpr std::array<std::string_view, 3> enum_texts<reuse_class>{"learning", "constant", "variable"};
template <>
inline constexpr std::array<std::string_view, 3> enum_texts<severity>{"note", "warning", "error"};
template <>
inline constexpr std::array<std::string_view, 3> enum_texts<raw_choice>{"all", "sample", "none"};

/// "invalid" for a number that is not an enumerator: the tables refuse that text.
template <class E>
[[nodiscard]] std::string_view enum_text(E e) noexcept {
  auto const i = static_cast<std::size_t>(e);
  return i < enum_texts<E>.size() ? enum_texts<E>[i] : std::string_view("invalid");
}
[[nodiscard]] inline std::string_view enum_text(precision p) noexcept { return to_string(p); }

template <class E>
[[nodiscard]] std::optional<E> parse_enum(std::string_view text) noexcept {
  for (std::size_t i = 0; i < enum_texts<E>.size(); ++i) {
    if (enum_texts<E>[i] == text) return static_cast<E>(i);
  }
  return std::nullopt;
}
template <>
[[nodiscard]] inline std::optional<precision> parse_enum(std::string_view text) noexcept {
  return parse_precision(text);
}

}  // namespace flopwatch::capture_detail
