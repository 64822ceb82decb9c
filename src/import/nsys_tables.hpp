// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "capture/read_limits.hpp"
#include "capture/sqlite.hpp"

namespace flopwatch::importing {

/// A row that is being read.
class nsys_row {
 public:
  explicit nsys_row(sqlite3_stmt* at) : at_(at) {}
  [[nodiscard]] bool is_null(int column) const { return sqlite3_column_type(at_, column) == SQLITE_NULL; }
  [[nodiscard]] std::int64_t integer(int column) const { return sqlite3_column_int64(at_, column); }
  [[nodiscard]] std::string text(int column) const;

 private:
  sqlite3_stmt* at_;
};

/// A database of Nsight Systems, with the guards of a capture: somebody else made it.
class nsys_tables {
 public:
  /// \throws capture_detail::sqlite_failure
  explicit nsys_tables(std::filesystem::path const& database);

  [[nodiscard]] bool has(std::string const& table, std::string_view column = {});
  /// Visits the rows of an ordinary table. A column that the table lacks is NULL.
  void for_each(std::string const& table, std::vector<std::string> const& columns,
                std::function<void(nsys_row const&)> const& visit);
  /// Of table StringIds; "" for one that is not there.
  [[nodiscard]] std::string const& string(std::int64_t id);

 private:
  std::unique_ptr<capture_detail::step_limit> limit_;  // of db_, so it goes last
  capture_detail::connection db_;
  std::int64_t bytes_;
  std::unordered_map<std::int64_t, std::string> strings_;
  std::unique_ptr<capture_detail::statement> find_string_;
};

}  // namespace flopwatch::importing
