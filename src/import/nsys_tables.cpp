// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "import/nsys_tables.hpp"

namespace flopwatch::importing {

using namespace capture_detail;

std::string nsys_row::text(int column) const {
  auto const* const bytes = sqlite3_column_text(at_, column);
  if (bytes == nullptr) return {};
  return {reinterpret_cast<char const*>(bytes), static_cast<std::size_t>(sqlite3_column_bytes(at_, column))};
}

nsys_tables::nsys_tables(std::filesystem::path const& database)
    : db_(open_connection(std::filesystem::absolute(database).string(), SQLITE_OPEN_READONLY)),
      bytes_(bytes_in(database)) {
  prepare_for_reading(db_.get());
  limit_ = std::make_unique<step_limit>(db_.get(), bytes_);
  need_honest_size(read_source(db_.get(), bytes_));
}

bool nsys_tables::has(std::string const& table, std::string_view column) {
  statement tables(db_.get(), "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1");
  sqlite3_bind_text(tables.get(), 1, table.data(), static_cast<int>(table.size()), SQLITE_TRANSIENT);
  if (!tables.step()) return false;
  if (column.empty()) return true;
  return sqlite3_table_column_metadata(db_.get(), "main", table.c_str(), std::string(column).c_str(), nullptr,
                                       nullptr, nullptr, nullptr, nullptr) == SQLITE_OK;
}

void nsys_tables::for_each(std::string const& table, std::vector<std::string> const& columns,
                           std::function<void(nsys_row const&)> const& visit) {
  need_plain_table(db_.get(), table);
  std::string list;
  for (auto const& column : columns) {
    list += (list.empty() ? "" : ", ") + (has(table, column) ? sql_name(column) : std::string("NULL"));
  }
  limit_->restart(bytes_);
  statement rows(db_.get(), "SELECT " + list + " FROM main." + sql_name(table));
  while (rows.step()) visit(nsys_row(rows.get()));
}

std::string const& nsys_tables::string(std::int64_t id) {
  if (auto const known = strings_.find(id); known != strings_.end()) return known->second;
  if (!find_string_) {
    need_plain_table(db_.get(), "StringIds");
    find_string_ = std::make_unique<statement>(db_.get(), "SELECT value FROM main.StringIds WHERE id = ?1");
  }
  sqlite3_bind_int64(find_string_->get(), 1, id);
  std::string value;
  if (find_string_->step()) value = nsys_row(find_string_->get()).text(0);
  find_string_->reset();
  return strings_.emplace(id, std::move(value)).first->second;
}

}  // namespace flopwatch::importing
