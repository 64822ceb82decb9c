// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <vector>

namespace flopwatch::collect {

/// Lets all threads launch at once, until one asks to launch alone. A thread that passes takes no lock.
///
/// Nobody waits for ever: who asks gives up, and who waits goes through, after a while. Then the one that
/// launches alone learns that it was not.
class launch_gate {
 public:
  /// One thread at the gate. Lives as long as the gate.
  class place {
    friend class launch_gate;
    alignas(64) std::atomic<bool> inside_{false};
  };

  /// Makes the place known. Once for each thread. \throws std::bad_alloc
  void add(place& one);
  /// Before a launch.
  void enter(place& mine) noexcept {
    mine.inside_.store(true, std::memory_order_seq_cst);
    if (closed_.load(std::memory_order_seq_cst)) [[unlikely]]
      wait_outside(mine);
  }
  /// After it, and again after `open`.
  void leave(place& mine) noexcept { mine.inside_.store(false, std::memory_order_release); }

  /// Keeps other threads out and waits until they are. One thread at a time calls it, on the inside.
  /// \returns false when one of them did not leave in time: the gate is open
  [[nodiscard]] bool close(place const& mine, std::chrono::nanoseconds patience) noexcept;
  /// \returns whether all were kept out since `close`
  bool open() noexcept;

 private:
  void wait_outside(place& mine) noexcept;

  std::atomic<bool> closed_{false};
  std::atomic<bool> passed_{false};  ///< somebody lost patience
  std::atomic<std::int64_t> patience_ns_{0};
  std::mutex mutex_;  ///< guards `places_`
  std::vector<place const*> places_;
};

}  // namespace flopwatch::collect
