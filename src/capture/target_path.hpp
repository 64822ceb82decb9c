// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace flopwatch::capture_detail {

/// "the capture 'run.flops'"
[[nodiscard]] std::string label_of(std::filesystem::path const& path);

/// What a new capture does with one that is at its path.
enum class existing : std::uint8_t { replaced, refused };

/// The file that a capture at `path` will be: absolute, with links followed. Changes nothing.
/// Refused are: an empty path, one with a zero byte, a folder, a device or a FIFO (also under the names of
/// the files that SQLite keeps next to it), a folder that is not there, a file that may not be written or is
/// no capture (an empty file is replaced), any file where `what` says so, and another user's link in a folder
/// that all share.
/// \throws capture_error
[[nodiscard]] std::filesystem::path resolve_target(std::filesystem::path const& path, existing what);

/// Refuses what SQLite would take for a part of `database` and is none, or would wait for.
/// \throws capture_error of `label`
void check_side_files(std::filesystem::path const& database, std::string const& label);

/// A capture, perhaps a damaged one, or an empty file.
[[nodiscard]] bool holds_capture_or_nothing(std::filesystem::path const& file);

/// Everybody may write to it, and nobody but the owner removes a file: a folder for temporary files.
[[nodiscard]] bool is_shared_folder(std::filesystem::path const& folder) noexcept;

}  // namespace flopwatch::capture_detail
