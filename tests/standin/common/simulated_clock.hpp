// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

#include "control.hpp"

namespace standin {

/// A clock that goes on by what things are said to cost; nothing waits for it. One for all threads: what they
/// do is added up, as on one that does it all.
class simulated_clock {
 public:
  enum cost { launch, enable, first_start, later_start, range, stop, decode, first_start_range, costs };

  void set(standin_costs const& said) {
    std::uint64_t const values[costs] = {
        said.launch_ns, said.enable_ns, said.first_start_ns,      said.later_start_ns,
        said.range_ns,  said.stop_ns,   said.decode_ns_per_range, said.first_start_ns_per_range};
    for (int i = 0; i < costs; ++i) cost_ns_[i].store(values[i], std::memory_order_relaxed);
  }
  void reset() {
    set({});
    now_ns_ = 0;
  }
  void spend(cost what, std::uint64_t times = 1) {
    auto const ns = cost_ns_[what].load(std::memory_order_relaxed) * times;
    if (ns != 0) now_ns_.fetch_add(ns, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t now_ns() const { return now_ns_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> cost_ns_[costs] = {};
  std::atomic<std::uint64_t> now_ns_{0};
};

}  // namespace standin
