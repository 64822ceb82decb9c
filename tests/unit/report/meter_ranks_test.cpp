// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Intervals of synthetic ranks, added up as an all-reduce adds them.
#include "flopwatch/meter_ranks.hpp"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flopwatch/checked.hpp"
#include "flopwatch/error.hpp"

namespace flopwatch::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

meter_interval synthetic_rank(int rank, std::int64_t macs) {
  meter_interval i;
  i.first_step = 5;
  i.steps = 4;
  i.seconds = 1.5 + rank;
  i.steps_read = 1;
  i.steps_reused = 3;
  i.rank = rank;
  i.amounts[{phase::forward, precision::fp32, "tf32"}] = {macs, macs - 1, 3};
  return i;
}

std::vector<meter_interval> summed(std::vector<meter_interval> const& ranks,
                                   std::vector<std::optional<metered_times>> const& times) {
  auto const n = static_cast<int>(ranks.size());
  std::vector<std::int64_t> sums;
  for (std::size_t r = 0; r < ranks.size(); ++r) {
    auto const own = rank_numbers(ranks[r], times[r], n);
    sums.resize(own.size());
    for (std::size_t i = 0; i < own.size(); ++i) {
      EXPECT_GE(own[i], 0);
      sums[i] = checked_add(sums[i], own[i]);
    }
  }
  std::vector<meter_interval> out;
  out.reserve(ranks.size());
  for (auto const& own : ranks) out.push_back(of_all_ranks(own, sums, n));
  return out;
}

TEST(meter_ranks, add_up_exactly) {
  constexpr auto large = (std::int64_t{1} << 60) + 12'345;
  auto second = synthetic_rank(1, 20);
  second.amounts[{phase::backward, precision::bf16, "bf16"}] = {7, 7, 0};
  auto const all =
      summed({synthetic_rank(0, large), second}, {metered_times{2, 0.5, 1}, metered_times{4, 1, 2}});
  for (std::size_t r = 0; r < all.size(); ++r) {
    auto const& i = all[r];
    EXPECT_EQ(i.rank, static_cast<int>(r));
    EXPECT_EQ(i.ranks, 2);
    EXPECT_EQ(i.first_step, 5);
    EXPECT_EQ(i.steps, 4);
    EXPECT_EQ(i.steps_read, 2);
    EXPECT_EQ(i.steps_reused, 6);
    EXPECT_EQ(i.seconds, 2.5) << "that of the slowest";
    EXPECT_EQ(i.amounts,
              (meter_amounts{{{phase::forward, precision::fp32, "tf32"}, {large + 20, large + 18, 6}},
                             {{phase::backward, precision::bf16, "bf16"}, {7, 7, 0}}}));
    EXPECT_DOUBLE_EQ(i.mfu.value(), 1.5 / 6);
    EXPECT_DOUBLE_EQ(i.hfu.value(), 3.0 / 6);
    EXPECT_TRUE(i.exact);
  }
}

TEST(meter_ranks, say_how_many_are_not_exact_or_have_no_times) {
  auto missing = synthetic_rank(1, 20);
  missing.exact = missing.complete = false;
  missing.steps_missing = 1;
  missing.seconds.reset();
  missing.reasons = {"a reason of rank 1"};
  auto const all = summed({synthetic_rank(0, 10), missing, synthetic_rank(2, 10)},
                          {metered_times{2, 0.5, 1}, std::nullopt, metered_times{2, 0.5, 1}});
  EXPECT_THAT(all[0].reasons, ElementsAre("1 of 3 ranks are not exact"));
  EXPECT_THAT(all[1].reasons, ElementsAre("a reason of rank 1", "1 of 3 ranks are not exact"));
  for (auto const& i : all) {
    EXPECT_FALSE(i.exact);
    EXPECT_FALSE(i.complete);
    EXPECT_EQ(i.steps_missing, 1);
    EXPECT_EQ(i.seconds, std::nullopt) << "the clock of one went back";
    EXPECT_EQ(i.mfu, std::nullopt);
    EXPECT_THAT(i.no_utilization, HasSubstr("1 of 3 ranks have no MFU"));
  }
}

TEST(meter_ranks, refuse_sums_that_do_not_fit) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  EXPECT_THROW(static_cast<void>(summed({synthetic_rank(0, most), synthetic_rank(1, 20)}, {{}, {}})),
               overflow_error);
  auto own = rank_numbers(synthetic_rank(0, 1), {}, 1);
  own.pop_back();
  EXPECT_THROW(static_cast<void>(of_all_ranks(synthetic_rank(0, 1), own, 1)), usage_error);
}

TEST(meter_ranks, are_below_their_number) {
  EXPECT_THROW(static_cast<void>(rank_numbers(synthetic_rank(2, 1), {}, 2)), usage_error);
}

}  // namespace
}  // namespace flopwatch::test
