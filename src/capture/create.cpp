// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/create.hpp"

#include <system_error>

#include <fmt/format.h>

#include "capture/failure.hpp"
#include "capture/schema.hpp"

namespace flopwatch::capture_detail {
namespace {

namespace fs = std::filesystem;

void remove_old(fs::path const& path) {
  // The database first: a -wal without it is nothing, the other way round rows would be lost.
  for (auto const* suffix : {"", side_files[0], side_files[1], side_files[2]}) {
    std::error_code ec;
    fs::remove(beside(path, suffix), ec);
    if (ec) {
      throw capture_error(fmt::format(
          "{} cannot be written (the file that is there cannot be replaced: {}); give another path.",
          label_of(path), ec.message()));
    }
  }
}

void start(sqlite3* db) {
  // The schema before WAL: so it is in the database file itself, and a capture that lost its -wal
  // still says what it is.
  execute(db, "PRAGMA page_size = 8192; PRAGMA synchronous = NORMAL;");
  execute(db, schema_sql());
}

}  // namespace

std::string label_of(fs::path const& path) { return "the capture '" + path.string() + "'"; }

void check_target(fs::path const& path) {
  std::error_code ec;
  auto const target = fs::status(path, ec);
  auto const refuse = [&](std::string const& why) {
    throw capture_error(fmt::format("{} cannot be written ({}); give the path of a file, like 'run.flops'.",
                                    label_of(path), why));
  };
  if (path.empty()) refuse("the path is empty");
  if (fs::is_directory(target)) refuse("it is a folder");
  if (fs::exists(target) && !fs::is_regular_file(target)) refuse("it is not a regular file");
  auto const folder = fs::absolute(path).parent_path();
  if (!fs::is_directory(folder, ec)) refuse("there is no folder '" + folder.string() + "'");
}

connection create_file(fs::path const& path) {
  check_target(path);
  remove_old(path);
  return writing(label_of(path), [&] {
    auto db = open_connection(fs::absolute(path).string(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    start(db.get());
    // Where WAL is impossible (no shared memory on some network file systems) this stays a rollback
    // journal: slower commits, the same safety.
    (void)query_text(db.get(), "PRAGMA journal_mode = WAL");
    return db;
  });
}

connection create_in_memory() {
  return writing("the capture in memory", [] {
    auto db = open_connection(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    start(db.get());
    return db;
  });
}

}  // namespace flopwatch::capture_detail
