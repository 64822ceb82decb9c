// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace flopwatch::detail {

class recording;
class thread_record;

/// This thread's entry in the active recording.
struct thread_slot {
  std::uint64_t generation = 0;
  thread_record* record = nullptr;
  recording* owner = nullptr;
  int muted = 0;  ///< a rule runs: what it does is not the user's work
};

extern constinit thread_local thread_slot this_thread;

/// While one lives, this thread records nothing.
class mute {
 public:
  mute() noexcept { ++this_thread.muted; }
  ~mute() { --this_thread.muted; }
  mute(mute const&) = delete;
  mute& operator=(mute const&) = delete;
};

}  // namespace flopwatch::detail
