// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/sqlite.hpp"

#include <system_error>

namespace flopwatch::capture_detail {
namespace {

std::string message_of(sqlite3* db) {
  if (db == nullptr) return "out of memory";
  std::string text = sqlite3_errmsg(db);
  int const primary = sqlite3_errcode(db) & 0xff;
  bool const from_system = primary == SQLITE_CANTOPEN || primary == SQLITE_IOERR || primary == SQLITE_FULL ||
                           primary == SQLITE_READONLY || primary == SQLITE_PERM;
  int const reason = sqlite3_system_errno(db);
  if (from_system && reason != 0) text += ": " + std::generic_category().message(reason);
  return text;
}

}  // namespace

sqlite_failure::sqlite_failure(sqlite3* db)
    : std::runtime_error(message_of(db)), code_(db == nullptr ? SQLITE_NOMEM : sqlite3_errcode(db) & 0xff) {}

connection open_connection(std::string const& target, int flags) {
  sqlite3* raw = nullptr;
  int const rc = sqlite3_open_v2(target.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  connection db(raw);
  if (rc != SQLITE_OK) throw sqlite_failure(raw);
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, 2000);
  // Off: a double-quoted name that is no column would be read as a string, silently.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  return db;
}

void execute(sqlite3* db, std::string const& sql) {
  if (sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) throw sqlite_failure(db);
}

std::string query_text(sqlite3* db, std::string const& sql) {
  statement query(db, sql);
  if (!query.step()) return {};
  auto const* text = sqlite3_column_text(query.get(), 0);
  return text == nullptr ? std::string() : std::string(reinterpret_cast<char const*>(text));
}

std::int64_t query_integer(sqlite3* db, std::string const& sql) {
  statement query(db, sql);
  return query.step() ? sqlite3_column_int64(query.get(), 0) : 0;
}

statement::statement(sqlite3* db, std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v3(db, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &raw,
                         nullptr) != SQLITE_OK) {
    throw sqlite_failure(db);
  }
  handle_.reset(raw);
}

bool statement::step() {
  int const rc = sqlite3_step(handle_.get());
  if (rc == SQLITE_ROW) return true;
  if (rc == SQLITE_DONE) return false;
  sqlite_failure const failure(sqlite3_db_handle(handle_.get()));
  sqlite3_reset(handle_.get());
  throw failure;
}

std::string sql_name(std::string_view identifier) {
  std::string out = "\"";
  for (char c : identifier) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::filesystem::path beside(std::filesystem::path const& database, char const* suffix) {
  auto out = database;
  out += suffix;
  return out;
}

}  // namespace flopwatch::capture_detail
