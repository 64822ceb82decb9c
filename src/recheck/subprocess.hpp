// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

namespace flopwatch::recheck {

/// Progress of the child; the parent can read it even after a crash.
using progress_mark = std::atomic<std::int64_t>;

struct child_answer {
  std::string text;           ///< result of the function
  int signal = 0;             ///< the signal that ended the child (then without text), or 0
  std::int64_t progress = 0;  ///< the last value of the mark
};

/// Runs `f` in a child process, for calls that can crash. This process must have one thread, and nothing open
/// that does not survive a fork (a database, an initialised CUDA driver). The child ends with this process,
/// however this process ends. \throws what `f` threw, as `error` with the same message and code; usage_error
/// if no child can be started
[[nodiscard]] child_answer run_in_subprocess(std::function<std::string(progress_mark&)> const& f);

}  // namespace flopwatch::recheck
