// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/thop/products.hpp"

#include <gtest/gtest.h>

#include "unit/rules/thop/calls.hpp"

namespace flopwatch::thop {
namespace {

using test::call_of;
using kernel = std::vector<std::int64_t>;

std::int64_t convolution(shape const& in, shape const& out, kernel const& k, std::int64_t groups = 1) {
  return convolution_macs(call_of(in, out), k, groups);
}

TEST(thop_convolution, counts_input_channels_times_kernel_for_each_output_element) {
  EXPECT_EQ(convolution({2, 3, 8, 8}, {2, 6, 8, 8}, {3, 3}), 20736);
  EXPECT_EQ(convolution({1, 2, 5, 5, 5}, {1, 4, 3, 3, 3}, {3, 3, 3}), 5832);
  EXPECT_EQ(convolution({2, 4, 10}, {2, 5, 8}, {3}), 2 * 5 * 8 * 4 * 3);
}

TEST(thop_convolution, divides_channels_by_groups_and_cuts_the_rest) {
  EXPECT_EQ(convolution({2, 3, 8, 8}, {2, 6, 8, 8}, {3, 3}, 3), 6912);
  EXPECT_EQ(convolution({2, 4, 8, 8}, {2, 8, 8, 8}, {1, 1}, 4), 2 * 8 * 64);
  EXPECT_EQ(convolution({7, 5}, {7, 5}, {1}, 2), 7 * 5 * 2);
}

TEST(thop_convolution, reads_a_spatial_size_as_channels_without_batch) {
  EXPECT_EQ(convolution({3, 8, 8}, {6, 8, 8}, {3, 3}), 27648);
}

TEST(thop_convolution, counts_a_transposed_one_by_its_output) {
  EXPECT_EQ(convolution({2, 3, 8}, {2, 6, 16}, {4}), 2304);
  EXPECT_EQ(convolution({2, 3, 8, 8}, {2, 6, 16, 16}, {2, 2}), 36864);
  EXPECT_EQ(convolution({2, 4, 8, 8}, {2, 8, 16, 16}, {2, 2}, 2), 32768);
}

TEST(thop_convolution, gives_zero_for_an_empty_batch) {
  EXPECT_EQ(convolution({0, 3, 8, 8}, {0, 6, 8, 8}, {3, 3}), 0);
}

TEST(thop_convolution, refuses_what_it_cannot_count) {
  EXPECT_THROW((void)convolution({3}, {6}, {1}), rule_error);
  EXPECT_THROW((void)convolution({1, 3, 8}, {1, 6, 8}, {1}, 0), rule_error);
  EXPECT_THROW((void)convolution_macs({}, kernel{3}, 1), rule_error);
  EXPECT_THROW((void)convolution({1, test::largest}, {1, 2}, {1}), overflow_error);
  EXPECT_THROW((void)convolution({1, 2}, {test::largest, 2}, {1}), overflow_error);
  EXPECT_THROW((void)convolution({1, 1}, {1, 1}, {test::largest, 2}), overflow_error);
}

TEST(thop_linear, counts_input_features_for_each_output_element) {
  EXPECT_EQ(linear_macs(call_of({2, 10, 16}, {2, 10, 48}), 16), 15360);
  EXPECT_EQ(linear_macs(call_of({16}, {48}), 16), 768);
}

TEST(thop_linear, refuses_what_it_cannot_count) {
  EXPECT_THROW((void)linear_macs({}, 16), rule_error);
  EXPECT_THROW((void)linear_macs(call_of({1}, {test::largest}), 2), overflow_error);
  EXPECT_EQ(linear_macs(call_of({1}, {test::largest}), 1), test::largest);
}

TEST(thop_zero_rules, count_nothing) { EXPECT_EQ(no_macs(), 0); }

}  // namespace
}  // namespace flopwatch::thop
