// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/reuse/launch_gate.hpp"

#include <algorithm>
#include <thread>

namespace flopwatch::collect {
namespace {

using clock = std::chrono::steady_clock;

/// \returns false when that took longer than `patience`
template <class Is>
bool wait_until(Is is, std::chrono::nanoseconds patience) noexcept {
  auto const end = clock::now() + patience;
  for (int i = 0; !is(); ++i) {
    if (i < 64) {
      std::this_thread::yield();
      continue;
    }
    if (clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(20));
  }
  return true;
}

}  // namespace

void launch_gate::add(place& one) {
  std::lock_guard const lock(mutex_);
  places_.push_back(&one);
}

void launch_gate::wait_outside(place& mine) noexcept {
  for (;;) {
    mine.inside_.store(false, std::memory_order_release);
    auto const patience = std::chrono::nanoseconds(patience_ns_.load(std::memory_order_relaxed));
    bool const open = wait_until([this] { return !closed_.load(std::memory_order_acquire); }, patience);
    mine.inside_.store(true, std::memory_order_seq_cst);
    if (!open) {
      passed_.store(true, std::memory_order_seq_cst);
      return;
    }
    if (!closed_.load(std::memory_order_seq_cst)) return;
  }
}

bool launch_gate::close(place const& mine, std::chrono::nanoseconds patience) noexcept {
  patience_ns_.store(patience.count(), std::memory_order_relaxed);
  passed_.store(false, std::memory_order_seq_cst);
  closed_.store(true, std::memory_order_seq_cst);
  auto const outside = [&] {
    std::lock_guard const lock(mutex_);
    return std::all_of(places_.begin(), places_.end(), [&](place const* p) {
      return p == &mine || !p->inside_.load(std::memory_order_seq_cst);
    });
  };
  if (wait_until(outside, patience)) return true;
  static_cast<void>(open());
  return false;
}

bool launch_gate::open() noexcept {
  closed_.store(false, std::memory_order_seq_cst);
  return !passed_.load(std::memory_order_seq_cst);
}

}  // namespace flopwatch::collect
