// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unistd.h>
#include <unordered_map>
#include <vector>

#include "capture/failure.hpp"
#include "capture/held_records.hpp"
#include "capture/part_file.hpp"
#include "capture/records.hpp"
#include "capture/schema.hpp"
#include "capture/sqlite.hpp"
#include "capture/table_writer.hpp"
#include "capture/unfinished.hpp"
#include "capture/writer.hpp"

namespace flopwatch::capture_detail {

/// Records between two commits: a crash loses at most these.
inline constexpr int rows_a_batch = 20'000;

struct plan_writer {
  std::map<counted, table_writer> counters;
  std::size_t metrics;
};

/// The prepared statements of a capture that is being written.
struct table_writers {
  explicit table_writers(sqlite3* db)
      : info(db, "info", "REPLACE"), operators(db, "operator"), plans(db, "plan"), images(db, "raw_image") {
    records.reserve(record_tables.size());
    for (auto const* table : record_tables) records.emplace_back(db, table);
  }

  template <class R>
  table_writer& of() {
    return records[record_list::index_of<R>];
  }

  table_writer info;
  table_writer operators;
  table_writer plans;
  table_writer images;
  std::vector<table_writer> records;
  std::map<std::int64_t, plan_writer> counters;
};

}  // namespace flopwatch::capture_detail

namespace flopwatch {

struct capture_writer::state {
  state(capture_detail::part_file file, std::string name);
  /// In memory, without a database until a record needs one.
  explicit state(std::string name);
  state(state const&) = delete;
  state& operator=(state const&) = delete;
  ~state();  ///< keeps what was committed or can be; no mark

  /// True: `r` is held in memory, and needs no row. \throws capture_error
  template <class R>
  [[nodiscard]] bool hold(R const& r);
  /// Moves the held records into a database, and holds no more. \throws capture_error
  void need_database();
  void put_all(capture_data const& data);

  /// Runs `f`, which stores one record, inside the open batch. \throws capture_error
  template <class F>
  void store(F&& f);
  /// Puts `r` into its table; `extra` as in capture_detail::columns. Called inside `store`.
  template <class R, class... Extra>
  void insert(R const& r, Extra const&... extra);

  void set_info(std::string_view key, std::string_view value);
  void add_operator_call(operator_call_record const& r);
  [[nodiscard]] std::int64_t operator_id(std::string const& name);
  void add_plan(std::int64_t plan, std::vector<metric_record> metrics, bool reused);
  void add_launch(launch_record const& r);
  void add_scope_range(scope_range_record const& r);
  void add_reuse_key(reuse_key_record const& r);
  void add_reuse_check(reuse_check_record const& r);
  /// Adds `r`, and its counters to their table. \throws capture_error for another number of counters than the
  /// plan has
  template <class R>
  void add_counted(R const& r, char const* noun, capture_detail::counted what);
  void add_raw_chunk(raw_chunk_record const& r, std::span<std::uint8_t const> image);
  void add_packed(raw_chunk_record const& r, std::string_view encoding, std::span<std::uint8_t const> packed);
  void put_unfinished(unfinished_rows const& rows);
  void begin_whole();
  void end_whole();
  void commit();
  void commit_what_can_be() noexcept;
  void commit_if_unlocked();
  /// \param move how the part file gets its place
  void close(std::filesystem::path (capture_detail::part_file::*move)());
  void discard() noexcept;

  void check_open() const;
  void check_plan(std::int64_t plan, std::vector<metric_record> const& metrics) const;
  void write_mark();
  /// The database is one file, which nothing has open.
  void leave_one_file();
  /// False in a child that was forked meanwhile: the file is the parent's.
  [[nodiscard]] bool is_own() const noexcept { return process == getpid(); }
  [[noreturn]] void refuse(std::string const& why) const;

  std::unique_ptr<capture_detail::held_records> held;  ///< while there is no `db` and no `tables`
  std::optional<capture_detail::part_file> part;       ///< none for a capture in memory; outlives `db`
  capture_detail::connection db;
  std::string label;
  std::filesystem::path path;
  pid_t process = getpid();
  bool open_batch = false;
  bool whole = false;              ///< nothing is committed before all of the recording is there
  bool replaces_launches = false;  ///< unfinished ones: until `close`
  bool closed = false;
  bool failed = false;  ///< rows were lost: the file never gets the mark
  int pending = 0;      ///< records in the open batch
  std::unique_ptr<capture_detail::table_writers> tables;
  std::unique_ptr<capture_detail::unfinished_tables> unfinished;  ///< once it was needed
  std::map<std::string, std::string, std::less<>> info;
  std::unordered_map<std::string, std::int64_t> operators;
  std::set<std::int64_t> metric_ids;
};

template <class R>
bool capture_writer::state::hold(R const& r) {
  check_open();
  if (held && held->take(r)) return true;
  need_database();
  return false;
}

template <class F>
void capture_writer::state::store(F&& f) {
  check_open();
  try {
    if (!open_batch) {
      capture_detail::execute(db.get(), "BEGIN");
      open_batch = true;
    }
    f();
    if (++pending >= capture_detail::rows_a_batch && !whole) commit_if_unlocked();
  } catch (capture_detail::sqlite_failure const& e) {
    // A refused record leaves everything else as it was; after any other failure rows can be lost.
    if (e.code() != SQLITE_CONSTRAINT && !capture_detail::is_locked(e)) failed = true;
    throw capture_detail::write_error(label, e);
  }
}

template <class R, class... Extra>
void capture_writer::state::insert(R const& r, Extra const&... extra) {
  auto& row = tables->of<R>();
  if constexpr (capture_detail::numbered<R>) row.put(row.sum().rows + 1);
  capture_detail::columns(row, r, extra...);
  row.finish();
}

}  // namespace flopwatch
