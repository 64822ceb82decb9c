// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "capture/sqlite.hpp"

namespace flopwatch::capture_detail {

/// Creates a capture file with its empty tables, replacing what is there. \throws capture_error
[[nodiscard]] connection create_file(std::filesystem::path const& path);
[[nodiscard]] connection create_in_memory();

/// "the capture 'run.flops'"
[[nodiscard]] std::string label_of(std::filesystem::path const& path);

/// Refuses a path where no file can be put: empty, a folder, a device, in a folder that is not there.
/// \throws capture_error
void check_target(std::filesystem::path const& path);

}  // namespace flopwatch::capture_detail
