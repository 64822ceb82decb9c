// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "capture/sqlite.hpp"

namespace flopwatch::capture_detail {

/// Makes the empty file at `path` a capture with its empty tables. `label` names it in messages.
/// \throws capture_error
[[nodiscard]] connection create_file(std::filesystem::path const& path, std::string const& label);
[[nodiscard]] connection create_in_memory();

}  // namespace flopwatch::capture_detail
