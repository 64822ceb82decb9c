// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/create.hpp"

#include "capture/failure.hpp"
#include "capture/schema.hpp"

namespace flopwatch::capture_detail {
namespace {

namespace fs = std::filesystem;

void start(sqlite3* db) {
  // The schema before WAL: so it is in the database file itself, and a capture that lost its -wal
  // still says what it is.
  execute(db, "PRAGMA page_size = 8192; PRAGMA synchronous = NORMAL;");
  execute(db, schema_sql());
}

}  // namespace

connection create_file(fs::path const& path, std::string const& label) {
  return writing(label, [&] {
    auto db = open_connection(path.string(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
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
    execute(db.get(), "PRAGMA temp_store = MEMORY");  // the disk may be full
    start(db.get());
    return db;
  });
}

}  // namespace flopwatch::capture_detail
