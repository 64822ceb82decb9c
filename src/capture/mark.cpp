// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/mark.hpp"

#include <fmt/format.h>

#include "capture/table_reader.hpp"

namespace flopwatch::capture_detail {

closed_mark::closed_mark(read_source const& source) {
  table_reader rows(source, "closed", "SELECT table_name, rows, checksum FROM closed");
  while (rows.next()) {
    std::string table;
    table_sum sum;
    rows(table, sum.rows);
    auto const checksum = rows.get_number();
    sum.checksum = static_cast<std::uint64_t>(checksum.whole);
    if (checksum.type == table_reader::kind::real) rows.wrong("it is no whole number");
    sums_[table] = checksum.type == table_reader::kind::none ? std::nullopt : std::optional(sum);
  }
}

bool closed_mark::has(read_source const& source, std::string const& table) const {
  auto const sql =
      fmt::format("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = '{}'", table);
  if (query_integer(source, sql) != 0) return true;
  if (sums_.contains(table)) throw damage(fmt::format("table {} is missing", table));
  return false;
}

void closed_mark::check(std::string const& table, table_sum const& found) const {
  if (!present()) return;
  auto const it = sums_.find(table);
  if (it == sums_.end()) throw damage(fmt::format("table closed does not know of table {}", table));
  if (it->second && *it->second != found) {
    throw damage(fmt::format("table {} does not hold what was written into it: its checksum differs", table));
  }
}

}  // namespace flopwatch::capture_detail
