// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

namespace flopwatch::recheck {

/// What the child was at when it ended; the parent sees it even after a crash.
using progress_mark = std::atomic<std::int64_t>;

struct child_answer {
  std::string text;           ///< what the function gave
  int signal = 0;             ///< that ended the child; then there is no text
  std::int64_t progress = 0;  ///< the mark as the child left it
};

/// Runs `f` in a child process, for calls that may crash. This process must have one thread, and nothing open
/// that cannot be carried through a fork (a database, an initialised CUDA driver).
/// \throws what `f` threw, as `error` with the same message and code; usage_error when there is no child
[[nodiscard]] child_answer run_in_subprocess(std::function<std::string(progress_mark&)> const& f);

}  // namespace flopwatch::recheck
