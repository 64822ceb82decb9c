// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

/// \file
/// The page's data: JSON with an array for each column, written directly.

namespace flopwatch::html {

/// A whole number as JSON; a string beyond 2^53, where a number of JavaScript is not exact.
[[nodiscard]] std::string number_json(std::int64_t n);
/// Text as JSON, made printable and one line, as in the text report. `<` and `>` are escaped, so that no name
/// can end the page's element.
[[nodiscard]] std::string text_json(std::string_view text);
/// An array of `n` entries, each as JSON by `entry(i)`.
template <class Entry>
[[nodiscard]] std::string list_json(std::size_t n, Entry const& entry) {
  std::string out = "[";
  for (std::size_t i = 0; i < n; ++i) {
    if (i > 0) out += ',';
    out += entry(i);
  }
  return out += ']';
}

/// a - b modulo 2^64. Most columns hold how far a figure is from what other columns lead to expect, which is
/// mostly 0; page/restore.js has the same expectations, and adds them modulo 2^64.
[[nodiscard]] inline std::int64_t apart(std::int64_t a, std::int64_t b) noexcept {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

/// A column of numbers; one number alone stands for a column of equal ones.
class column {
 public:
  void add(std::int64_t n) { values_.push_back(n); }
  void add(std::optional<std::int64_t> n) { values_.push_back(n); }
  /// How far `n` is from `expected`.
  void add(std::optional<std::int64_t> n, std::int64_t expected) {
    values_.push_back(n ? std::optional(apart(*n, expected)) : n);
  }
  /// How far `n` is from the one before, in a column that mostly rises.
  void step(std::int64_t n) {
    values_.push_back(apart(n, before_));
    before_ = n;
  }
  [[nodiscard]] std::string json() const;

 private:
  std::vector<std::optional<std::int64_t>> values_;  ///< nullopt: null
  std::int64_t before_ = 0;
};

/// Each text once.
class string_table {
 public:
  [[nodiscard]] std::int64_t at(std::string_view text);
  [[nodiscard]] std::string json() const;

 private:
  std::vector<std::string> all_;
  std::unordered_map<std::string, std::int64_t> index_;
};

/// Columns by name, in the order of their first use.
class table {
 public:
  column& operator[](std::string_view name);
  /// An object; `rows` is its number of rows.
  [[nodiscard]] std::string json(std::size_t rows) const;

 private:
  std::vector<std::pair<std::string, column>> columns_;
};

}  // namespace flopwatch::html
