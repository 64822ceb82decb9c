// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <ctime>

namespace flopwatch::capture_detail {

/// While one lives, a file that grows beyond the limit of this process is an error of the call (EFBIG), on
/// this thread, and not a signal that ends the program.
class file_size_signal {
 public:
  file_size_signal() noexcept {
    sigemptyset(&signal_);
    sigaddset(&signal_, SIGXFSZ);
    pthread_sigmask(SIG_BLOCK, &signal_, &before_);
  }
  ~file_size_signal() {
    if (sigismember(&before_, SIGXFSZ) == 1) return;
    timespec const now{};
    while (sigtimedwait(&signal_, nullptr, &now) == SIGXFSZ) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  file_size_signal(file_size_signal const&) = delete;
  file_size_signal& operator=(file_size_signal const&) = delete;

 private:
  sigset_t signal_{};
  sigset_t before_{};
};

}  // namespace flopwatch::capture_detail
