// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "capture/sqlite.hpp"

namespace flopwatch::capture_detail {

/// Copies `from` (named `label` in messages) to `path`; what is there stays until the copy is whole.
/// \throws capture_error
void save_copy(sqlite3* from, std::string const& label, std::filesystem::path const& path);

}  // namespace flopwatch::capture_detail
