// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/one_file.hpp"

#include <exception>

#include "capture/sqlite.hpp"

namespace flopwatch {

void make_one_file(std::filesystem::path const& capture) noexcept {
  using namespace capture_detail;
  try {
    auto const db = open_connection(std::filesystem::absolute(capture).string(), SQLITE_OPEN_READWRITE);
    execute(db.get(), "PRAGMA trusted_schema = OFF;PRAGMA journal_mode = DELETE;");
  } catch (std::exception const&) {
    // It stays as it is.
  }
}

}  // namespace flopwatch
