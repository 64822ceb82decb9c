// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "capture/checksum.hpp"
#include "capture/enum_text.hpp"
#include "capture/failure.hpp"
#include "capture/read_limits.hpp"
#include "capture/sqlite.hpp"

namespace flopwatch::capture_detail {

/// Reads rows of one table column by column, with the types checked, and keeps the table's sum.
class table_reader {
 public:
  /// `sql` selects rows of `table`, all columns in the order of the schema.
  /// \throws damage when that is no ordinary table
  table_reader(read_source const& source, std::string table, std::string const& sql);
  /// The whole table, by its first column.
  table_reader(read_source const& source, std::string const& table);

  /// Moves to the next row. \throws sqlite_failure; damage when not all columns of the last row were read,
  /// and when more was read than the file can hold
  bool next();
  /// Starts the statement again with its one parameter set to `id`.
  void seek(std::int64_t id);

  template <class... T>
  void operator()(T&... values) {
    (get(values), ...);
  }
  void get(std::int64_t& v);
  void get(std::string& v);
  void get(std::vector<std::uint8_t>& v);
  void get(bool& v);
  template <class E>
  requires std::is_enum_v<E>
  void get(E& v) {
    auto const text = text_here();
    auto const e = parse_enum<E>(text);
    if (!e) wrong("'" + std::string(text) + "' is not a valid value");
    v = *e;
  }

  /// A counter as it is stored.
  enum class kind : std::uint8_t { none, whole, real };
  struct number {
    kind type = kind::none;
    std::int64_t whole = 0;
    double real = 0;
  };
  [[nodiscard]] number get_number();
  void get(std::optional<double>& v) {
    auto const n = get_number();
    v = n.type == kind::none ? std::nullopt : std::optional(n.real);
  }
  void get(double& v) {
    auto const n = get_number();
    if (n.type == kind::none) wrong("it is no number");
    v = n.real;
  }

  /// The sum over all rows read.
  [[nodiscard]] table_sum sum();
  [[nodiscard]] std::string const& table() const noexcept { return table_; }
  /// \throws damage naming the table and the column that was read last
  [[noreturn]] void wrong(std::string const& why) const;

 private:
  void end_row();
  /// Moves to the next column.
  void need_type(int type, char const* word);
  /// Counts what a value or a row takes in the file.
  void spend(std::int64_t bytes);
  [[nodiscard]] sqlite3_value* here() const noexcept;
  [[nodiscard]] std::string_view text_here();

  std::string table_;
  std::int64_t bytes_left_;
  statement select_;
  int columns_ = 0;
  int column_ = -1;  ///< read last; -1: no column of this row yet
  row_hash hash_;
  table_sum sum_;
};

}  // namespace flopwatch::capture_detail
