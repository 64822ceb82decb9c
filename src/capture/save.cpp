// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/save.hpp"

#include <cstdlib>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "capture/create.hpp"
#include "capture/failure.hpp"

namespace flopwatch::capture_detail {
namespace {

namespace fs = std::filesystem;

/// A file that is removed again unless it was kept.
class temporary_file {
 public:
  explicit temporary_file(fs::path const& target) : path_(fs::absolute(target)) {
    path_ += ".part-" + std::to_string(getpid());
  }
  temporary_file(temporary_file const&) = delete;
  temporary_file& operator=(temporary_file const&) = delete;
  ~temporary_file() {
    std::error_code ec;
    if (!path_.empty()) fs::remove(path_, ec);
  }
  [[nodiscard]] fs::path const& path() const noexcept { return path_; }
  void keep() noexcept { path_.clear(); }

 private:
  fs::path path_;
};

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

}  // namespace

void save_copy(sqlite3* from, std::string const& label, fs::path const& path) {
  check_target(path);
  temporary_file part(path);
  writing(label_of(path), [&] {
    auto to = open_connection(part.path().string(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    execute(to.get(), "PRAGMA journal_mode = MEMORY");
    copy_database(from, label, to.get());
    // A capture whose writer was killed says WAL in its header.
    execute(to.get(), "PRAGMA journal_mode = DELETE");
  });
  std::error_code ec;
  fs::rename(part.path(), path, ec);
  if (ec) {
    throw capture_error(
        fmt::format("{} cannot be written ({}); give another path.", label_of(path), ec.message()));
  }
  part.keep();
  for (auto const* suffix : side_files) fs::remove(beside(path, suffix), ec);
}

}  // namespace flopwatch::capture_detail
