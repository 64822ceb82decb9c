// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/read_limits.hpp"

#include <algorithm>
#include <system_error>

#include <fmt/format.h>

#include "capture/failure.hpp"

namespace flopwatch::capture_detail {
namespace {

/// More than a writer commits at once.
constexpr std::int64_t room_bytes = std::int64_t{16} << 20;
constexpr int steps_between_calls = 1000;
constexpr std::int64_t least_steps = 20'000'000;
constexpr std::int64_t steps_of_byte = 32;

}  // namespace

std::int64_t bytes_in(std::filesystem::path const& path) {
  auto total = static_cast<std::uintmax_t>(room_bytes);
  for (auto const* suffix : {"", "-wal", "-journal"}) {
    std::error_code ec;
    auto const size = std::filesystem::file_size(beside(path, suffix), ec);
    if (!ec) total += std::min(size, static_cast<std::uintmax_t>(read_source::unlimited) / 4);
  }
  return static_cast<std::int64_t>(total);
}

std::int64_t bytes_in_memory(std::size_t size) noexcept {
  return static_cast<std::int64_t>(size) + room_bytes;
}

std::int64_t step_limit::steps_for(std::int64_t bytes) noexcept {
  auto const read = std::max<std::int64_t>(0, bytes - room_bytes);
  auto const most = (read_source::unlimited - least_steps) / steps_of_byte;
  return least_steps + std::min(read, most) * steps_of_byte;
}

step_limit::step_limit(sqlite3* db, std::int64_t bytes) {
  restart(bytes);
  sqlite3_progress_handler(db, steps_between_calls, &step_limit::count, this);
}

void step_limit::restart(std::int64_t bytes) noexcept { left_ = steps_for(bytes); }

int step_limit::count(void* self) noexcept {
  auto& left = static_cast<step_limit*>(self)->left_;
  left -= steps_between_calls;
  return left < 0 ? 1 : 0;
}

void need_plain_table(sqlite3* db, std::string const& table) {
  // SQLite answers for tables alone here, and expands no view to do so.
  int const rc = sqlite3_table_column_metadata(db, "main", table.c_str(), nullptr, nullptr, nullptr, nullptr,
                                               nullptr, nullptr);
  if (rc == SQLITE_ERROR) throw damage(fmt::format("table {} is missing, or is no table", table));
  if (rc != SQLITE_OK) throw sqlite_failure(db);
  constexpr int hidden = 6;
  statement columns(db, fmt::format("PRAGMA main.table_xinfo({})", sql_name(table)));
  while (columns.step()) {
    if (sqlite3_column_int(columns.get(), hidden) != 0) {
      throw damage(fmt::format("table {} has a column that is computed", table));
    }
  }
}

void need_honest_size(read_source const& source) {
  auto const pages = query_integer(source, "PRAGMA page_count");
  auto const page_bytes = query_integer(source, "PRAGMA page_size");
  if (page_bytes > 0 && pages > source.bytes / page_bytes) {
    throw damage(fmt::format("it says that it has {} pages, which do not fit into it", pages));
  }
}

void prepare_for_reading(sqlite3* db) {
  for (int const off : {SQLITE_DBCONFIG_TRUSTED_SCHEMA, SQLITE_DBCONFIG_ENABLE_VIEW,
                        SQLITE_DBCONFIG_ENABLE_TRIGGER, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION}) {
    sqlite3_db_config(db, off, 0, nullptr);
  }
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_drop_modules(db, nullptr);
  execute(db, "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA query_only = ON;");
}

}  // namespace flopwatch::capture_detail
