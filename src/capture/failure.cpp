// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/failure.hpp"

#include <fmt/format.h>

#include "text/printable.hpp"

namespace flopwatch::capture_detail {
namespace {

capture_error damaged(std::string const& label, std::string const& detail) {
  return capture_error(
      fmt::format("{} is damaged or cut short ({}); take a fresh copy of the file, or record again.", label,
                  text::printable(detail)));
}

}  // namespace

bool is_locked(sqlite_failure const& failure) noexcept {
  return failure.code() == SQLITE_BUSY || failure.code() == SQLITE_LOCKED;
}

capture_error read_error(std::string const& label, damage const& what) { return damaged(label, what.what()); }

capture_error read_error(std::string const& label, outdated const& what) {
  return capture_error(fmt::format("{} {}; record again.", label, what.what()));
}

capture_error read_error(std::string const& label, sqlite_failure const& failure) {
  switch (failure.code()) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return capture_error(fmt::format(
          "{} is locked by another program ({}); wait until that program has ended.", label, failure.what()));
    case SQLITE_NOMEM:
      return capture_error(
          fmt::format("{} cannot be read ({}); free some memory and try again.", label, failure.what()));
    case SQLITE_INTERRUPT:
      return damaged(label, "reading it takes more steps than a file of its size can need");
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
    case SQLITE_IOERR:
      return capture_error(
          fmt::format("{} cannot be read ({}); check the permissions of the file and the disk that it is on.",
                      label, failure.what()));
    default:
      return damaged(label, failure.what());
  }
}

capture_error write_error(std::string const& label, sqlite_failure const& failure) {
  switch (failure.code()) {
    case SQLITE_CONSTRAINT:
      return capture_error(
          fmt::format("{} refuses a record ({}); give every record its own id from 1 on and valid values.",
                      label, failure.what()));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return capture_error(fmt::format(
          "{} is locked by another program ({}); end that program and try again.", label, failure.what()));
    case SQLITE_FULL:
      return capture_error(
          fmt::format("{} cannot be written ({}); free some space or give a path on another disk.", label,
                      failure.what()));
    default:
      return capture_error(
          fmt::format("{} cannot be written ({}); give a path in a folder that you may write to.", label,
                      failure.what()));
  }
}

}  // namespace flopwatch::capture_detail
