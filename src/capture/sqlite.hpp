// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <sqlite3.h>

/// \file
/// SQLite connections and statements as C++ values.

namespace flopwatch::capture_detail {

/// A call into SQLite failed. Translated to capture_error before it leaves the library.
class sqlite_failure : public std::runtime_error {
 public:
  sqlite_failure(int code, std::string const& message) : std::runtime_error(message), code_(code) {}
  /// Takes the code and the message from the connection, with the operating system's reason if there is one.
  explicit sqlite_failure(sqlite3* db);
  /// Primary result code (SQLITE_FULL, ...).
  [[nodiscard]] int code() const noexcept { return code_; }

 private:
  int code_;
};

struct connection_closer {
  void operator()(sqlite3* db) const noexcept { sqlite3_close_v2(db); }
};
using connection = std::unique_ptr<sqlite3, connection_closer>;

/// `target` is an absolute path, a URI (with SQLITE_OPEN_URI in `flags`) or ":memory:".
[[nodiscard]] connection open_connection(std::string const& target, int flags);

/// Runs statements whose rows do not matter.
void execute(sqlite3* db, std::string const& sql);

/// First column of the first row, as text; "" for no row.
[[nodiscard]] std::string query_text(sqlite3* db, std::string const& sql);
[[nodiscard]] std::int64_t query_integer(sqlite3* db, std::string const& sql);

class statement {
 public:
  statement(sqlite3* db, std::string_view sql);
  /// True while there is a row. \throws sqlite_failure
  bool step();
  void reset() noexcept { sqlite3_reset(handle_.get()); }
  [[nodiscard]] sqlite3_stmt* get() const noexcept { return handle_.get(); }

 private:
  struct finalizer {
    void operator()(sqlite3_stmt* s) const noexcept { sqlite3_finalize(s); }
  };
  std::unique_ptr<sqlite3_stmt, finalizer> handle_;
};

/// "launch" -> "\"launch\"", quotes doubled.
[[nodiscard]] std::string sql_name(std::string_view identifier);

/// Suffixes of the files that SQLite can keep next to a database.
inline constexpr char const* side_files[] = {"-wal", "-shm", "-journal"};
[[nodiscard]] std::filesystem::path beside(std::filesystem::path const& database, char const* suffix);

}  // namespace flopwatch::capture_detail
