// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/save.hpp"

#include "capture/failure.hpp"
#include "capture/file_size_signal.hpp"
#include "capture/part_file.hpp"

namespace flopwatch::capture_detail {
void copy_database(sqlite3* from, std::string const& label, sqlite3* to) {
  auto* backup = sqlite3_backup_init(to, "main", from, "main");
  if (backup == nullptr) throw sqlite_failure(to);
  int const rc = sqlite3_backup_step(backup, -1);
  int const finished = sqlite3_backup_finish(backup);
  if (rc == SQLITE_DONE && finished == SQLITE_OK) return;
  int const primary = rc & 0xff;
  // The backup does not say which side failed; these can only be the side that is read.
  if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB) {
    throw read_error(label, sqlite_failure(primary, sqlite3_errstr(rc)));
  }
  throw sqlite_failure(primary, sqlite3_errstr(rc));
}

void save_copy(sqlite3* from, std::string const& label, std::filesystem::path const& path, existing what) {
  part_file part(path, what);
  file_size_signal const blocked;
  try {
    writing(label_of(path), [&] {
      auto to = open_connection(part.path().string(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
      execute(to.get(), "PRAGMA journal_mode = MEMORY");
      copy_database(from, label, to.get());
      // A capture whose writer was killed says WAL in its header.
      execute(to.get(), "PRAGMA journal_mode = DELETE");
    });
    part.move_into_place();
  } catch (...) {
    part.discard();
    throw;
  }
}

}  // namespace flopwatch::capture_detail
