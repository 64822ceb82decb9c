// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

namespace flopwatch::cupti {

/// Remembers the process it was made in. After fork() CUDA and CUPTI cannot be called in the child, and what
/// the parent opened is not the child's to close.
class fork_guard {
 public:
  /// False in a child that was forked since.
  [[nodiscard]] bool is_this() const noexcept { return getpid() == pid_; }

 private:
  pid_t pid_ = getpid();
};

}  // namespace flopwatch::cupti
