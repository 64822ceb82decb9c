// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <string>
#include <system_error>

#include "capture/file_size_signal.hpp"
#include "capture/save.hpp"
#include "capture/schema.hpp"
#include "capture/writer_state.hpp"

namespace flopwatch {

using namespace capture_detail;
namespace fs = std::filesystem;

void capture_writer::state::commit() {
  if (!open_batch) return;
  execute(db.get(), "COMMIT");
  open_batch = false;
  pending = 0;
}

void capture_writer::state::commit_if_unlocked() {
  try {
    commit();
  } catch (sqlite_failure const& e) {
    // Without WAL a reader can lock the file: the batch stays open, and is committed with the next one.
    if (!is_locked(e)) throw;
    pending = 0;
  }
}

void capture_writer::state::commit_what_can_be() noexcept {
  try {
    commit();
  } catch (...) {  // the capture has no mark, and so is incomplete to every reader
  }
}

void capture_writer::state::write_mark() {
  table_writer mark(db.get(), "closed");
  auto const put = [&](std::string const& table, table_sum const& sum) {
    mark(table, sum.rows, static_cast<std::int64_t>(sum.checksum));
    mark.finish();
  };
  execute(db.get(), "BEGIN");
  put("info", tables->info.sum());
  put("operator", tables->operators.sum());
  put("plan", tables->plans.sum());
  put("raw_image", tables->images.sum());
  for (std::size_t i = 0; i < record_tables.size(); ++i) put(record_tables[i], tables->records[i].sum());
  for (auto const& [plan, counters] : tables->counters) {
    for (auto const& [what, table] : counters.counters) put(counter_table(what, plan), table.sum());
  }
  execute(db.get(), "COMMIT");
}

void capture_writer::state::put_unfinished(unfinished_rows const& rows) {
  check_open();
  if (held) return;
  try {
    if (!unfinished) unfinished = std::make_unique<unfinished_tables>(db.get());
    if (!open_batch) {
      execute(db.get(), "BEGIN");
      open_batch = true;
    }
    unfinished->put(rows);
    commit_if_unlocked();
  } catch (sqlite_failure const& e) {
    if (!is_locked(e)) failed = true;
    throw write_error(label, e);
  }
}

void capture_writer::state::begin_whole() {
  check_open();
  if (held) return;
  replaces_launches = unfinished && unfinished->has_launches();
  unfinished.reset();
  whole = true;
  store([&] {
    unfinished_tables::drop_all(db.get());
    for (auto const& [key, value] : info) {
      row_hash row;
      row.text(key);
      row.text(value);
      tables->info.replaced(row);
    }
    info.clear();
  });
}

void capture_writer::state::end_whole() { whole = replaces_launches; }

void capture_writer::state::close(fs::path (part_file::*move)()) {
  if (closed) return;
  if (held) {
    closed = true;
    return;
  }
  check_open();
  try {
    if (tables) {
      commit();
      whole = false;
      write_mark();
      tables.reset();
      unfinished.reset();
    }
    if (part) {
      leave_one_file();
      db.reset();
      path = ((*part).*move)();
      part.reset();
    }
    closed = true;
  } catch (sqlite_failure const& e) {
    if (!is_locked(e)) failed = true;
    // Half a mark must not stay; the records do, and close() can be tried again.
    if (tables && !open_batch) sqlite3_exec(db.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    throw write_error(label, e);
  } catch (capture_error const&) {
    failed = true;
    throw;
  }
}

void capture_writer::state::discard() noexcept {
  closed = true;
  if (!part || !is_own()) return;
  file_size_signal const blocked;
  tables.reset();
  unfinished.reset();
  db.reset();
  part->discard();
  part.reset();
}

void capture_writer::state::leave_one_file() {
  try {
    execute(db.get(), "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE;");
  } catch (sqlite_failure const& e) {
    if (!is_locked(e)) throw;
    // Another program reads the file now, and keeps it: a copy takes its place.
    auto const copy = beside(path, "-copy");
    std::error_code ec;
    fs::remove(copy, ec);
    {
      auto const to = open_connection(copy.string(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
      execute(to.get(), "PRAGMA journal_mode = MEMORY");
      copy_database(db.get(), label, to.get());
      execute(to.get(), "PRAGMA journal_mode = DELETE");
    }
    db.reset();
    part->discard();
    fs::rename(copy, path, ec);
    if (ec) throw sqlite_failure(SQLITE_IOERR, ec.message());
  }
}

}  // namespace flopwatch
