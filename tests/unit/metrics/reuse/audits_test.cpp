// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "metrics/reuse/audits.hpp"

#include <array>
#include <cmath>

#include <gtest/gtest.h>

#include "metrics/reuse/sum_bound.hpp"

namespace flopwatch::reuse {
namespace {

TEST(reuse_audits, that_all_agree_leave_nothing_open) {
  audits a;
  EXPECT_TRUE(std::isinf(a.bound()));
  a.add(1000, 1000);
  EXPECT_EQ(a.bound(), 0);
  EXPECT_EQ(a.equal(), 1);
}

TEST(reuse_audits, one_that_differs_bounds_nothing) {
  audits a;
  a.add(1001, 1000);
  EXPECT_TRUE(std::isinf(a.bound()));
  EXPECT_NEAR(a.largest_difference(), 0.001, 1e-12);
}

TEST(reuse_audits, give_the_interval_of_the_textbook) {
  audits a;
  a.add(1010, 1000);
  a.add(990, 1000);
  a.add(1030, 1000);
  // Mean 0.01, standard deviation 0.02, t = 4.303 for two degrees.
  EXPECT_NEAR(a.bound(), 0.01 + 4.303 * 0.02 / std::sqrt(3.0), 1e-9);
  EXPECT_NEAR(a.largest_difference(), 0.03, 1e-12);
  EXPECT_EQ(a.equal(), 0);
}

TEST(reuse_audits, of_a_step_that_was_expected_to_do_nothing) {
  audits a;
  a.add(5, 0);
  EXPECT_EQ(a.largest_difference(), 1);
}

TEST(reuse_bound, adds_squares_of_keys_and_shares_of_groups) {
  std::array<summed_key, 2> const keys{{{1e6, 3000}, {1e6, 4000}}};
  std::array<summed_group, 2> const groups{{{1e6, 0.001}, {1e6, INFINITY}}};
  EXPECT_NEAR(sum_bound_flops(keys, groups), 5000 + 1000, 1e-6);
}

}  // namespace
}  // namespace flopwatch::reuse
