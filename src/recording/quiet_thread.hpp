// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <memory>
#include <thread>
#include <utility>

namespace flopwatch::detail {

/// Starts a thread of ours, which handles none of the program's signals. \throws std::system_error
template <class F>
[[nodiscard]] std::unique_ptr<std::thread> quiet_thread(F&& body) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  struct put_back {
    sigset_t const& mask;
    ~put_back() { pthread_sigmask(SIG_SETMASK, &mask, nullptr); }
  } const at_the_end{before};
  return std::make_unique<std::thread>(std::forward<F>(body));
}

}  // namespace flopwatch::detail
