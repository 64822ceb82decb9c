// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

/// \file
/// Ranges of the user's program that mark an iteration, by their name: flopwatch's scopes, and NVTX ranges.

namespace flopwatch::detail {

/// Is notified of iterations, on the thread that opens or closes the range, one call at a time.
class iteration_listener {
 public:
  virtual ~iteration_listener() = default;
  virtual void iteration_begins() noexcept = 0;
  virtual void iteration_ends() noexcept = 0;
};

/// While it lives, each range of that name is an iteration; one that opens while another is open is not.
/// Without a name, an iteration ends, and the next one begins, with each step of an optimizer and each call
/// of `mark_iteration`. At most one in a process.
class iteration_watch {
 public:
  /// \throws session_error when there is one already
  iteration_watch(std::string name, iteration_listener& listener);
  /// Returns when the listener will not be called again; an iteration that is open never ends for it.
  ~iteration_watch();
  iteration_watch(iteration_watch const&) = delete;
  iteration_watch& operator=(iteration_watch const&) = delete;
};

extern std::atomic<bool> iterations_watched;

/// \returns a number for `range_closed` when an iteration begins, else 0
[[nodiscard]] std::uint64_t range_opened(std::string_view name) noexcept;
void range_closed(std::uint64_t iteration) noexcept;
/// What ends an iteration where no range has its name. \param by_program the program says so itself: from
/// then on the steps of optimizers do not
void mark_iteration(bool by_program) noexcept;

namespace nvtx_injection {
/// Makes flopwatch see the NVTX ranges of this program, unless a tool that NVTX_INJECTION64_PATH names takes
/// them.
void link() noexcept;
}  // namespace nvtx_injection

}  // namespace flopwatch::detail
