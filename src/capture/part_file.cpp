// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/part_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <mutex>
#include <pthread.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include "capture/failure.hpp"
#include "capture/one_file.hpp"
#include "capture/put_aside.hpp"
#include "capture/sqlite.hpp"

namespace flopwatch::capture_detail {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(std::string const& label, std::string const& why, std::string const& remedy) {
  throw capture_error(fmt::format("{} cannot be written ({}); {}.", label, why, remedy));
}

[[noreturn]] void refuse_with_errno(std::string const& label) {
  refuse(label, std::generic_category().message(errno), "give a path in a folder that you may write to");
}

/// Descriptors that a forked child has to close: their lock is the parent's. Never freed: a session may be
/// static.
struct inherited {
  std::mutex mutex;
  std::vector<int> descriptors;
};

inherited& held() {
  static auto* const all = [] {
    auto* const made = new inherited;
    pthread_atfork([] { held().mutex.lock(); }, [] { held().mutex.unlock(); },
                   [] {
                     for (int const d : held().descriptors) ::close(d);
                     held().descriptors.clear();
                     held().mutex.unlock();
                   });
    return made;
  }();
  return *all;
}

/// Far behind the bytes that SQLite locks, and behind any data.
constexpr off_t locked_byte = off_t{1} << 61;

bool lock(int descriptor) {
  struct flock l {};
  l.l_type = F_WRLCK;
  l.l_whence = SEEK_SET;
  l.l_start = locked_byte;
  l.l_len = 1;
  if (fcntl(descriptor, F_OFD_SETLK, &l) == 0) return true;
  return errno != EAGAIN && errno != EACCES;  // a file system without locks holds nobody off
}

bool is_still(int descriptor, fs::path const& path) {
  struct stat open {};
  struct stat there {};
  return fstat(descriptor, &open) == 0 && lstat(path.c_str(), &there) == 0 && open.st_ino == there.st_ino &&
         open.st_dev == there.st_dev;
}

struct descriptor_closer {
  int descriptor;
  ~descriptor_closer() {
    if (descriptor >= 0) ::close(descriptor);
  }
  int release() { return std::exchange(descriptor, -1); }
};

/// A database without tables: a process that was killed as it made the file leaves one.
bool is_empty_database(fs::path const& part) {
  try {
    auto const db = open_connection(part.string(), SQLITE_OPEN_READWRITE);
    return query_integer(db.get(), "PRAGMA application_id") == 0 &&
           query_integer(db.get(), "SELECT count(*) FROM sqlite_schema") == 0;
  } catch (sqlite_failure const&) {
    return false;
  }
}

void remove_side_files(fs::path const& database) noexcept {
  std::error_code ignored;
  for (auto const* suffix : side_files) fs::remove(beside(database, suffix), ignored);
}

/// What a killed process left is put aside, if there is anything in it.
void make_way(fs::path const& part, fs::path const& target, std::string const& label) {
  if (!holds_capture_or_nothing(part) && !is_empty_database(part)) {
    refuse(label, fmt::format("'{}' is in the way, which is no capture", part.string()),
           "move it away or give another path");
  }
  if (make_one_file(part)) static_cast<void>(put_aside(part, target));
  remove_side_files(part);
}

}  // namespace

file_lock::file_lock(int descriptor) : descriptor_(descriptor) {
  std::lock_guard const lock(held().mutex);
  held().descriptors.push_back(descriptor);
}

file_lock::~file_lock() {
  if (descriptor_ < 0) return;
  std::lock_guard const lock(held().mutex);
  // In a child it was closed already, and the number may be another file's.
  if (std::erase(held().descriptors, descriptor_) != 0) ::close(descriptor_);
}

part_file::part_file(fs::path const& path, existing what)
    : label_(label_of(path)), target_(resolve_target(path, what)), part_(target_), what_(what) {
  part_ += ".part";
  for (;;) {
    descriptor_closer file{
        ::open(part_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0666)};
    if (file.descriptor < 0 && errno == ELOOP) {
      refuse(label_, fmt::format("'{}' is a link", part_.string()), "move it away or give another path");
    }
    if (file.descriptor < 0) refuse_with_errno(label_);
    struct stat s {};
    if (fstat(file.descriptor, &s) != 0) refuse_with_errno(label_);
    bool const foreign = is_shared_folder(part_.parent_path()) && s.st_uid != geteuid();
    if (!S_ISREG(s.st_mode) || foreign) {
      refuse(label_, fmt::format("'{}' is in the way", part_.string()), "move it away or give another path");
    }
    if (!lock(file.descriptor)) {
      refuse(label_, "another process, or another session, is writing a capture to the same path",
             "give each its own path, with the number of its process or rank, say");
    }
    if (!is_still(file.descriptor, part_)) continue;  // its owner moved it into place meanwhile
    check_side_files(part_, label_);
    if (s.st_size > 0 || fs::exists(beside(part_, "-journal"))) {
      make_way(part_, target_, label_);
      continue;
    }
    remove_side_files(part_);
    struct stat old {};
    if (stat(target_.c_str(), &old) == 0) fchmod(file.descriptor, old.st_mode & 0777);
    lock_ = file_lock(file.release());
    return;
  }
}

fs::path part_file::move_into_place() {
  // What a killed writer of an older flopwatch left beside the old file must not be taken for the new one's.
  check_side_files(target_, label_);
  if (what_ == existing::replaced) {
    remove_side_files(target_);
    if (std::rename(part_.c_str(), target_.c_str()) != 0) refuse_with_errno(label_);
    return target_;
  }
  if (renameat2(AT_FDCWD, part_.c_str(), AT_FDCWD, target_.c_str(), RENAME_NOREPLACE) == 0) return target_;
  if (errno == EINVAL && !fs::exists(target_) && std::rename(part_.c_str(), target_.c_str()) == 0) {
    return target_;
  }
  if (errno != EEXIST && errno != EINVAL) refuse_with_errno(label_);
  refuse(label_, "a file has come to its path meanwhile, and is not to be replaced",
         fmt::format("the capture is in '{}'", part_.string()));
}

fs::path part_file::move_beside() {
  std::error_code ec;
  if (!fs::exists(fs::symlink_status(target_, ec))) {
    if (renameat2(AT_FDCWD, part_.c_str(), AT_FDCWD, target_.c_str(), RENAME_NOREPLACE) == 0) return target_;
  }
  return put_aside(part_, target_);
}

void part_file::discard() noexcept {
  std::error_code ignored;
  fs::remove(part_, ignored);
  remove_side_files(part_);
}

}  // namespace flopwatch::capture_detail
