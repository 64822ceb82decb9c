// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/reuse/reuse_clock.hpp"

#include <chrono>
#include <utility>

namespace flopwatch::collect {
namespace {

clock_ns& chosen() noexcept {
  static clock_ns now_ns = steady_ns;
  return now_ns;
}

}  // namespace

std::int64_t steady_ns() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

clock_ns const& reuse_clock() noexcept { return chosen(); }

void set_reuse_clock(clock_ns now_ns) noexcept { chosen() = std::move(now_ns); }

}  // namespace flopwatch::collect
