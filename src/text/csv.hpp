// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flopwatch::text {

/// CSV as RFC 4180 has it: lines end with CR LF, fields with commas, quotes or line ends are quoted.
class csv_text {
 public:
  /// The header: the columns of every row.
  explicit csv_text(std::vector<std::string> const& columns);

  /// Fields of one row, in order; `end_row` after the last one. Names are made printable, so that the text is
  /// valid UTF-8.
  csv_text& name(std::string_view text);
  csv_text& integer(std::int64_t n);
  csv_text& integer(std::optional<std::int64_t> const& n);  ///< nullopt: an empty field
  csv_text& number(std::optional<double> const& n);         ///< as many digits as it needs; nullopt: likewise
  /// \throws std::logic_error unless the row has a field for each column
  void end_row();

  [[nodiscard]] std::string take() && { return std::move(text_); }

 private:
  csv_text& field(std::string_view text);

  std::string text_;
  std::size_t columns_;
  std::size_t fields_ = 0;
};

}  // namespace flopwatch::text
