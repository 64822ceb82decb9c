// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace flopwatch::recheck {

/// What `flopwatch recheck` prints, and whether all values were equal.
struct recheck_outcome {
  std::string output;
  bool equal = false;
};

/// Evaluates the raw images of a capture with CUPTI's host library and compares the values; no GPU is needed.
/// CUPTI runs in a child process, because it crashes on an image that it does not understand.
/// \throws usage_error if there is nothing to compare, capture_error for an unreadable capture, and
///         cupti_error (no_device) if there is no CUPTI, or it refuses the chip
[[nodiscard]] recheck_outcome recheck_file(std::filesystem::path const& file, bool as_json);

}  // namespace flopwatch::recheck
