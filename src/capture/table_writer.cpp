// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/table_writer.hpp"

#include <cmath>

namespace flopwatch::capture_detail {
namespace {

std::string insert_sql(sqlite3* db, std::string const& table, char const* verb) {
  statement const probe(db, "SELECT * FROM " + sql_name(table));
  std::string sql = verb + (" INTO " + sql_name(table)) + " VALUES (?";
  for (int i = 1; i < sqlite3_column_count(probe.get()); ++i) sql += ",?";
  return sql + ")";
}

}  // namespace

table_writer::table_writer(sqlite3* db, std::string const& table, char const* verb)
    : insert_(db, insert_sql(db, table, verb)),
      given_(static_cast<std::size_t>(sqlite3_bind_parameter_count(insert_.get()))) {}

void table_writer::put(std::int64_t v) {
  hash_.integer(v);
  auto& before = last();
  if (before.is == given::kind::integer && before.integer == v) return;
  before = {given::kind::integer, v, nullptr};
  sqlite3_bind_int64(insert_.get(), next_, v);
}

void table_writer::put_real(double v) {
  hash_.real(v);
  last() = {};
  sqlite3_bind_double(insert_.get(), next_, v);
}

void table_writer::put_null() {
  hash_.null();
  auto& before = last();
  if (before.is == given::kind::null) return;
  before = {given::kind::null, 0, nullptr};
  sqlite3_bind_null(insert_.get(), next_);
}

void table_writer::put_constant(std::string_view v) {
  hash_.text(v);
  auto& before = last();
  if (before.is == given::kind::constant && before.constant == v.data()) return;
  before = {};
  bound(sqlite3_bind_text64(insert_.get(), next_, v.data(), v.size(), SQLITE_STATIC, SQLITE_UTF8));
  before = {given::kind::constant, 0, v.data()};
}

void table_writer::put(std::optional<double> v) {
  // SQLite has no NaN.
  if (!v || std::isnan(*v)) return put_null();
  if (*v >= -0x1p63 && *v < 0x1p63) {
    auto const whole = static_cast<std::int64_t>(*v);
    if (static_cast<double>(whole) == *v) return put(whole);
  }
  put_real(*v);
}

void table_writer::bound(int rc) {
  if (rc == SQLITE_OK) return;
  sqlite_failure const failure(sqlite3_db_handle(insert_.get()));
  abandon();
  throw failure;
}

void table_writer::put(std::string_view v) {
  last() = {};
  // A null pointer would bind NULL.
  bound(sqlite3_bind_text64(insert_.get(), next_, v.data() == nullptr ? "" : v.data(), v.size(),
                            SQLITE_STATIC, SQLITE_UTF8));
  hash_.text(v);
}

void table_writer::put(std::span<std::uint8_t const> v) {
  void const* const data = v.data() == nullptr ? static_cast<void const*>("") : v.data();
  last() = {};
  bound(sqlite3_bind_blob64(insert_.get(), next_, data, v.size(), SQLITE_STATIC));
  hash_.bytes(v);
}

void table_writer::finish() {
  auto const hash = hash_;
  next_ = 0;
  hash_ = row_hash();
  insert_.step();
  insert_.reset();
  sum_.add(hash);
}

void table_writer::abandon() noexcept {
  next_ = 0;
  hash_ = row_hash();
}

}  // namespace flopwatch::capture_detail
