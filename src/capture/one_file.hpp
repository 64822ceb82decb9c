// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace flopwatch {

/// What SQLite keeps beside a capture whose process was killed goes into the capture, so that it is one file.
/// Where that cannot be done (a full disk, a folder that is not writable) the files stay as they are, and can
/// be read together. Never throws.
/// \returns false when there was nothing in it: then the files are gone
bool make_one_file(std::filesystem::path const& capture) noexcept;

}  // namespace flopwatch
