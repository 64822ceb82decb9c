// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

namespace flopwatch::collect {

/// Nanoseconds of a clock that never stops.
using clock_ns = std::function<std::int64_t()>;
[[nodiscard]] std::int64_t steady_ns() noexcept;

/// What sessions of replay mode `reuse` take the time from that are made from now on: the steady clock, or
/// what a program that simulates time has set. Set it while no session is made.
[[nodiscard]] clock_ns const& reuse_clock() noexcept;
void set_reuse_clock(clock_ns now_ns) noexcept;

}  // namespace flopwatch::collect
