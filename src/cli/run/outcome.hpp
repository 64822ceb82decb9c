// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "cli/run/child.hpp"
#include "cli/run/run_folder.hpp"
#include "flopwatch/error.hpp"

namespace flopwatch::cli {

/// What became of a run's captures.
struct run_outcome {
  std::string sentence;              ///< for the user: the file, or why there is none
  exit_code code = exit_code::good;  ///< 3, 4, 5: why something was not counted
};

/// Writes the start-up file of Python programs. \returns its folder
[[nodiscard]] std::filesystem::path add_python_start(run_folder const& folder);

/// Moves the capture of the run to `output`: one capture, or the merged ones of several processes; where
/// `output` has %h, %p or %r, each process keeps a file of its own. Captures are replaced, other files are
/// not, nor is what an earlier run left unfinished. What cannot be moved or merged stays in the folder, and
/// the sentence says so: the program's end is not ours to change.
[[nodiscard]] run_outcome gather(run_folder const& folder, std::string const& output, child_end const& end);

}  // namespace flopwatch::cli
