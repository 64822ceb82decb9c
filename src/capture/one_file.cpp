// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/one_file.hpp"

#include <exception>

#include "capture/sqlite.hpp"

namespace flopwatch {
namespace {

bool has_rows(sqlite3* db) {
  using capture_detail::query_integer;
  if (query_integer(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'operator_call'") == 0) return false;
  return query_integer(db,
                       "SELECT EXISTS(SELECT 1 FROM operator_call) OR EXISTS(SELECT 1 FROM launch) OR "
                       "EXISTS(SELECT 1 FROM scope)") != 0;
}

}  // namespace

bool make_one_file(std::filesystem::path const& capture) noexcept {
  using namespace capture_detail;
  try {
    {
      auto const db = open_connection(std::filesystem::absolute(capture).string(), SQLITE_OPEN_READWRITE);
      execute(db.get(), "PRAGMA trusted_schema = OFF;PRAGMA journal_mode = DELETE;");
      if (has_rows(db.get())) return true;
    }
    std::filesystem::remove(capture);
    return false;
  } catch (std::exception const&) {
    return true;  // it stays as it is
  }
}

}  // namespace flopwatch
