// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>

#include "capture/sqlite.hpp"

/// \file
/// What reading a capture may take. A made-up file of a few pages can name the same page again and again, or
/// have a table whose rows never end; each limit is in proportion to the size of the file, so an honest file
/// of any size is read, and no file keeps a reader busy for ever or fills its memory.

namespace flopwatch::capture_detail {

/// A database that is read, and how many bytes it can hold.
struct read_source {
  static constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();

  /// By default without limits: a database that this process wrote.
  read_source(sqlite3* handle, std::int64_t can_hold = unlimited) : db(handle), bytes(can_hold) {}
  operator sqlite3*() const noexcept { return db; }

  sqlite3* db;
  std::int64_t bytes;
};

/// Bytes that the file and its side files can hold, with room for what a writer adds meanwhile.
[[nodiscard]] std::int64_t bytes_in(std::filesystem::path const& path);
[[nodiscard]] std::int64_t bytes_in_memory(std::size_t size) noexcept;

/// Ends statements of a connection that take too many steps: they fail with SQLITE_INTERRUPT. It must outlive
/// the connection.
class step_limit {
 public:
  /// Steps of SQLite's virtual machine for a file of that size. Reading a row takes some 3 steps for each of
  /// its columns, which has a byte or more; sorting doubles that.
  [[nodiscard]] static std::int64_t steps_for(std::int64_t bytes) noexcept;

  step_limit(sqlite3* db, std::int64_t bytes);
  step_limit(step_limit const&) = delete;
  step_limit& operator=(step_limit const&) = delete;
  /// Counts from the beginning, for one more reading of the file.
  void restart(std::int64_t bytes) noexcept;

 private:
  static int count(void* self) noexcept;
  std::int64_t left_ = 0;
};

/// Refuses a name that is no ordinary table (a view or nothing at all), and a table with computed columns:
/// those are programs that the file brings. Nothing of a view is looked at, since that alone can take for
/// ever. \throws damage
void need_plain_table(sqlite3* db, std::string const& table);

/// Refuses a file that says that it has many more pages than it has. \throws damage
void need_honest_size(read_source const& source);

/// Takes from a connection everything by which a file could run something: views, triggers, virtual tables,
/// functions in its schema, and writing to the file.
void prepare_for_reading(sqlite3* db);

}  // namespace flopwatch::capture_detail
