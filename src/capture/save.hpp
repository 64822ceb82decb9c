// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "capture/sqlite.hpp"
#include "capture/target_path.hpp"

namespace flopwatch::capture_detail {

/// Copies `from` (named `label` in messages) to `path`; what is there stays until the copy is whole, and for
/// good where `what` says so. \throws capture_error
void save_copy(sqlite3* from, std::string const& label, std::filesystem::path const& path, existing what);

/// The pages of `from` into `to`. \throws capture_error of `label` where `from` is damaged, else
/// sqlite_failure
void copy_database(sqlite3* from, std::string const& label, sqlite3* to);

}  // namespace flopwatch::capture_detail
