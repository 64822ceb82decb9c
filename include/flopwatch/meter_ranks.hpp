// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "flopwatch/meter_interval.hpp"

/// \file
/// A meter's intervals, added up over the ranks of a job. Pure.

namespace flopwatch {

/// Adds up each number over all ranks, in place: an all-reduce. All ranks call it with equally many numbers,
/// none below 0, and none of the sums is above 2^63 - 1 where there are fewer than 2^31 ranks.
using rank_sum = std::function<void(std::span<std::int64_t>)>;

/// Of the steps of an interval whose time counting did not change: their seconds, and those that their useful
/// and all products would take at the peak.
struct metered_times {
  double seconds = 0;
  double useful_seconds = 0;
  double executed_seconds = 0;
};

/// The numbers of one rank, as they are added up: each is split, so that no sum overflows.
/// \param ranks of the job; `own.rank` is below it \throws usage_error where it is not
[[nodiscard]] std::vector<std::int64_t> rank_numbers(meter_interval const& own,
                                                     std::optional<metered_times> const& times, int ranks);

/// The interval of all ranks together, from the sums of their numbers. `seconds` is that of the slowest; MFU
/// and HFU are the time that the work of all ranks would take at their peaks, over the time that it took
/// them. \throws overflow_error where an amount of all ranks does not fit 64 bits
[[nodiscard]] meter_interval of_all_ranks(meter_interval own, std::span<std::int64_t const> sums, int ranks);

}  // namespace flopwatch
