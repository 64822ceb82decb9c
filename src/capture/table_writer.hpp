// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "capture/checksum.hpp"
#include "capture/enum_text.hpp"
#include "capture/sqlite.hpp"

namespace flopwatch::capture_detail {

/// Inserts rows into one table and keeps its sum. Values are given in the order of the columns, then
/// `finish` stores the row. Text and bytes must live until then.
class table_writer {
 public:
  /// `verb` is "INSERT", or "REPLACE" where a later row replaces an earlier one.
  table_writer(sqlite3* db, std::string const& table, char const* verb = "INSERT");

  template <class... T>
  void operator()(T const&... values) {
    (put(values), ...);
  }
  void put(std::int64_t v);
  void put(std::string_view v);
  void put(std::span<std::uint8_t const> v);
  /// Text that lives as long as the program.
  void put_constant(std::string_view v);
  void put(bool v) { put(static_cast<std::int64_t>(v)); }
  void put_real(double v);
  void put_null();
  /// A whole number as such, also where it is a double; none and NaN as NULL. Its column has the affinity
  /// INTEGER, which changes neither.
  void put(std::optional<double> v);
  void put(double v) { put(std::optional(v)); }
  template <class E>
  requires std::is_enum_v<E>
  void put(E v) { put_constant(enum_text(v)); }

  /// \throws sqlite_failure; then the row is not stored and not in the sum
  void finish();
  /// Forgets the values given so far.
  void abandon() noexcept;

  /// Takes a replaced row out of the sum.
  void replaced(row_hash const& row) noexcept { sum_.remove(row); }

  [[nodiscard]] table_sum const& sum() const noexcept { return sum_; }

 private:
  /// What a column was given last: it stays bound, and most columns of a launch are as in the one before.
  struct given {
    enum class kind : std::uint8_t { other, null, integer, constant } is = kind::other;
    std::int64_t integer = 0;
    char const* constant = nullptr;
  };
  /// Of the value that is put now.
  [[nodiscard]] given& last() { return given_[static_cast<std::size_t>(next_++)]; }
  /// \throws sqlite_failure unless `rc` is good; then the row is abandoned
  void bound(int rc);

  statement insert_;
  std::vector<given> given_;
  int next_ = 0;
  row_hash hash_;
  table_sum sum_;
};

}  // namespace flopwatch::capture_detail
