// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "flopwatch/wide.hpp"

namespace flopwatch::reduction {

enum class column_kind : std::uint8_t { text, integer, wide, real, boolean };

/// Values of one column in the layout of Apache Arrow: little endian, one bit for each value that is there.
struct column {
  std::string name;
  column_kind kind = column_kind::integer;
  std::int64_t length = 0;
  std::int64_t nulls = 0;
  std::vector<std::uint8_t> valid;  ///< bitmap, lowest bit first
  /// 64-bit integers, 128-bit integers, doubles, a bitmap, or 32-bit indices into `words`.
  std::vector<std::uint8_t> data;
  std::vector<std::string> words;  ///< of a text column, each once; UTF-8
};

/// Lines of named columns. Each line gives every column once, in any order.
class table {
 public:
  explicit table(std::string name) : name_(std::move(name)) {}

  void text(std::string_view column, std::string_view value);  ///< bytes that are not UTF-8 become U+FFFD
  void text_or_null(std::string_view column, std::string_view value);  ///< an empty text is NULL
  void integer(std::string_view column, std::optional<std::int64_t> value);
  /// \throws overflow_error for a number of more than 38 digits
  void wide(std::string_view column, std::optional<wide_integer> value);
  void real(std::string_view column, std::optional<double> value);
  void boolean(std::string_view column, bool value);
  /// Keeps the columns alone: a table without lines has them, too.
  void drop_lines();

  [[nodiscard]] std::string const& name() const noexcept { return name_; }
  [[nodiscard]] std::vector<column> const& columns() const noexcept { return columns_; }

 private:
  column& at(std::string_view name, column_kind kind);
  void put(column& c, void const* value, std::size_t bytes, bool there);

  std::string name_;
  std::vector<column> columns_;
  std::unordered_map<std::string, std::size_t> place_;
  std::vector<std::unordered_map<std::string, std::int32_t>> word_numbers_;  ///< by column
};

}  // namespace flopwatch::reduction
