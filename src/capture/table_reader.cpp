// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/table_reader.hpp"

#include <fmt/format.h>

namespace flopwatch::capture_detail {
namespace {

// Of a row in its page, besides the bytes that say the type of each column: its place, its size, that of its
// header.
constexpr int least_bytes_of_row = 4;

statement checked_select(sqlite3* db, std::string const& table, std::string const& sql) {
  need_plain_table(db, table);
  return {db, sql};
}

}  // namespace

table_reader::table_reader(read_source const& source, std::string table, std::string const& sql)
    : table_(std::move(table)),
      bytes_left_(source.bytes),
      select_(checked_select(source, table_, sql)),
      columns_(sqlite3_column_count(select_.get())) {}

table_reader::table_reader(read_source const& source, std::string const& table)
    : table_reader(source, table, "SELECT * FROM " + sql_name(table) + " ORDER BY 1") {}

void table_reader::end_row() {
  if (column_ == -1) return;
  if (column_ + 1 != columns_) throw damage(fmt::format("table {} has {} columns", table_, columns_));
  sum_.add(hash_);
  column_ = -1;
  hash_ = row_hash();
}

bool table_reader::next() {
  end_row();
  if (!select_.step()) return false;
  spend(columns_ + least_bytes_of_row);
  return true;
}

void table_reader::spend(std::int64_t bytes) {
  bytes_left_ -= bytes;
  if (bytes_left_ < 0) throw damage(fmt::format("table {} has more in it than the file can hold", table_));
}

void table_reader::seek(std::int64_t id) {
  end_row();
  select_.reset();
  sqlite3_bind_int64(select_.get(), 1, id);
}

table_sum table_reader::sum() {
  end_row();
  return sum_;
}

void table_reader::wrong(std::string const& why) const {
  auto const* column = sqlite3_column_name(select_.get(), column_);
  throw damage(fmt::format("table {}, column {}: {}", table_, column == nullptr ? "missing" : column, why));
}

// Unprotected, which is enough on one thread, and half the cost of asking for type and value by column.
sqlite3_value* table_reader::here() const noexcept { return sqlite3_column_value(select_.get(), column_); }

void table_reader::need_type(int type, char const* type_word) {
  ++column_;
  if (sqlite3_value_type(here()) != type) wrong(fmt::format("it is no {}", type_word));
}

void table_reader::get(std::int64_t& v) {
  need_type(SQLITE_INTEGER, "whole number");
  v = sqlite3_value_int64(here());
  hash_.integer(v);
}

std::string_view table_reader::text_here() {
  need_type(SQLITE_TEXT, "text");
  auto const* text = reinterpret_cast<char const*>(sqlite3_value_text(here()));
  if (text == nullptr) throw sqlite_failure(sqlite3_db_handle(select_.get()));
  std::string_view const v(text, static_cast<std::size_t>(sqlite3_value_bytes(here())));
  spend(static_cast<std::int64_t>(v.size()));
  hash_.text(v);
  return v;
}

void table_reader::get(std::string& v) { v = text_here(); }

void table_reader::get(std::vector<std::uint8_t>& v) {
  need_type(SQLITE_BLOB, "blob");
  auto const* const data = static_cast<std::uint8_t const*>(sqlite3_value_blob(here()));
  auto const size = static_cast<std::size_t>(sqlite3_value_bytes(here()));
  if (data == nullptr && size != 0) throw sqlite_failure(sqlite3_db_handle(select_.get()));
  spend(static_cast<std::int64_t>(size));
  v.assign(data, data + size);
  hash_.bytes(v);
}

void table_reader::get(bool& v) {
  std::int64_t i = 0;
  get(i);
  if (i != 0 && i != 1) wrong(fmt::format("{} is neither 0 nor 1", i));
  v = i == 1;
}

table_reader::number table_reader::get_number() {
  ++column_;
  switch (sqlite3_value_type(here())) {
    case SQLITE_NULL:
      hash_.null();
      return {};
    case SQLITE_INTEGER: {
      auto const v = sqlite3_value_int64(here());
      hash_.integer(v);
      return {kind::whole, v, static_cast<double>(v)};
    }
    case SQLITE_FLOAT: {
      auto const v = sqlite3_value_double(here());
      hash_.real(v);
      return {kind::real, 0, v};
    }
    default:
      wrong("it is no number");
  }
}

}  // namespace flopwatch::capture_detail
