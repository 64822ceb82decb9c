// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

namespace flopwatch::cli {

/// How a command ended that was started.
struct child_end {
  int exit_code = 0;  ///< its own; 128 + signal where one ended it; 127 not found; 126 not executable
  int signal = 0;     ///< that ended it; 0: none
  int error = 0;      ///< errno, where it could not be started
};

/// Starts `command` (its first word is looked for on PATH), waits for its end, and passes on the signals that
/// this process gets meanwhile. The child has this process's streams, folder, group and signal settings, and
/// its environment with `environment` on top.
/// \throws usage_error when no process can be made
[[nodiscard]] child_end run_child(std::vector<std::string> const& command,
                                  std::map<std::string, std::string> const& environment);

}  // namespace flopwatch::cli
