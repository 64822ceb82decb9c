// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "metrics/reuse/audits.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <gtest/gtest.h>

#include "metrics/reuse/sum_bound.hpp"

namespace flopwatch::reuse {
namespace {

double none(audited_key const& /*unused*/) { return 0; }

TEST(reuse_audits, that_all_agree_leave_nothing_open) {
  audits a;
  EXPECT_TRUE(std::isinf(a.bound(none)));
  a.add({1000, 1000, 1000});
  EXPECT_EQ(a.bound(none), 0);
  EXPECT_EQ(a.equal(), 1);
}

TEST(reuse_audits, one_that_differs_bounds_nothing) {
  audits a;
  a.add({1001, 1000, 1000});
  EXPECT_TRUE(std::isinf(a.bound(none)));
  EXPECT_NEAR(a.largest_difference(), 0.001, 1e-12);
}

TEST(reuse_audits, give_the_interval_of_the_textbook) {
  audits a;
  a.add({1010, 1000, 1000});
  a.add({990, 1000, 1000});
  a.add({1030, 1000, 1000});
  // Mean 0.01, standard deviation 0.02, t = 4.303 for two degrees.
  EXPECT_NEAR(a.bound(none), 0.01 + 4.303 * 0.02 / std::sqrt(3.0), 1e-9);
  EXPECT_NEAR(a.largest_difference(), 0.03, 1e-12);
  EXPECT_EQ(a.equal(), 0);
}

TEST(reuse_audits, stand_for_the_launches_around_them) {
  audits a;
  for (int i = 1; i <= 16; ++i) a.add({1000, 1000, 1000, {}, 1000 * i});
  for (int i = 1; i <= 16; ++i) a.add({1010, 1000, 1000, {}, 16'000 + 3000 * i});
  // Between launch 1,000 and 64,000, those that differ stand for all after 17,500.
  EXPECT_NEAR(a.bound(none), 0.01 * 46'500 / 63'000, 1e-12);
}

TEST(reuse_audits, know_what_ran_before_them) {
  audits a;
  EXPECT_TRUE(a.begin().empty());
  a.begin_at({{7, 100, 2}});
  a.begin_at({{7, 200, 2}});
  ASSERT_EQ(a.begin().size(), 1U);
  EXPECT_EQ(a.begin()[0].number, 100);
}

TEST(reuse_audits, of_a_step_that_was_expected_to_do_nothing) {
  audits a;
  a.add({5, 0});
  a.add({5, 0});
  EXPECT_EQ(a.largest_difference(), 1);
  EXPECT_TRUE(std::isinf(a.bound(none)));
}

TEST(reuse_audits, are_held_against_what_is_known_in_the_end) {
  audits a;
  // Key 7 was thought to do 50 a launch, and it does 100.
  for (int i = 1; i <= 20; ++i) a.add({1000, 900, 800, {{7, 2 * i, 2}}});
  auto const in_the_end = [](audited_key const& k) { return k.key == 7 ? 100.0 : 0.0; };
  EXPECT_EQ(a.bound(in_the_end), 0);
  EXPECT_NEAR(a.bound([](audited_key const&) { return 50.0; }), 100.0 / 900, 1e-12);
  EXPECT_EQ(a.equal(), 0);
}

TEST(reuse_audits, of_a_long_run_are_kept_in_part_and_all_counted) {
  audits a;
  std::size_t asked = 0;
  std::int64_t first = 1'000'000;
  std::int64_t last = 0;
  for (std::int64_t i = 1; i <= 100'000; ++i) a.add({10, 10, 0, {{0, i, 1}}});
  EXPECT_EQ(a.bound([&](audited_key const& k) {
    ++asked;
    first = std::min(first, k.number);
    last = std::max(last, k.number);
    return 10.0;
  }),
            0);
  EXPECT_EQ(a.count(), 100'000);
  EXPECT_LE(asked, audits::most_kept);
  EXPECT_GE(asked, audits::most_kept / 2);
  EXPECT_EQ(first, 1);
  EXPECT_GT(last, 99'000);
}

TEST(reuse_bound, adds_squares_of_keys_and_shares_of_groups) {
  std::array<summed_key, 2> const keys{{{1e6, 3000}, {1e6, 4000}}};
  std::array<summed_group, 2> const groups{{{1e6, 0.001, 9}, {1e6, 0, 20}}};
  EXPECT_NEAR(sum_bound_flops(keys, groups), 5000 + 1000, 1e-6);
}

TEST(reuse_bound, is_not_known_without_audits_of_each_group) {
  std::array<summed_key, 2> const keys{{{1e6, 3000}, {1e6, 0}}};
  double const unknown = INFINITY;
  EXPECT_TRUE(std::isinf(sum_bound_flops(keys, {})));
  EXPECT_TRUE(std::isinf(sum_bound_flops(keys, std::array{summed_group{1e6, 0, 0}})));
  EXPECT_TRUE(std::isinf(sum_bound_flops(keys, std::array{summed_group{1e6, unknown, 1}})));
  EXPECT_TRUE(std::isinf(
      sum_bound_flops(keys, std::array{summed_group{1e6, 0.001, 12}, summed_group{1e6, unknown, 0}})));
}

TEST(reuse_bound, is_never_nothing) {
  std::array<summed_key, 1> const keys{{{1e6, 0}}};
  EXPECT_TRUE(std::isinf(sum_bound_flops(keys, std::array{summed_group{1e6, 0, 3}})));
  EXPECT_TRUE(std::isinf(sum_bound_flops(keys, std::array{summed_group{1e6, 0, 1000}})));
}

TEST(reuse_share, of_what_can_differ_is_three_by_what_did_not) {
  for (std::int64_t const n : {0, 1, 3}) EXPECT_EQ(share_that_can_differ(n), 1) << n;
  for (std::int64_t const n : {4, 10, 38, 1000}) {
    auto const share = share_that_can_differ(n);
    EXPECT_EQ(share, 3.0 / static_cast<double>(n));
    // That many picked at random are all as expected with less than 5 %.
    EXPECT_LE(std::pow(1 - share, n), 0.05) << n;
  }
}

TEST(reuse_bound, is_what_audits_leave_open_where_there_are_enough) {
  std::array<summed_key, 2> const keys{{{1e6, 3000}, {1e6, INFINITY}}};
  std::array<summed_group, 2> const groups{{{1e6, 0.001, 10}, {2e6, 0.002, 12}}};
  EXPECT_NEAR(sum_bound_flops(keys, groups), 1000 + 4000, 1e-6);
}

}  // namespace
}  // namespace flopwatch::reuse
