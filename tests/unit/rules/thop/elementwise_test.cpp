// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/thop/elementwise.hpp"

#include <gtest/gtest.h>

#include "unit/rules/thop/calls.hpp"

namespace flopwatch::thop {
namespace {

using test::call_of;

TEST(thop_normalization, counts_two_for_each_element_and_four_with_a_scale) {
  auto const call = call_of({2, 3, 8, 8}, {2, 3, 8, 8});
  EXPECT_EQ(normalization_operations(call, true), 1536);
  EXPECT_EQ(normalization_operations(call, false), 768);
  EXPECT_THROW((void)normalization_operations({}, false), rule_error);
  EXPECT_THROW((void)normalization_operations(call_of({test::largest / 3}, {}), true), overflow_error);
}

TEST(thop_prelu, counts_one_for_each_input_element) {
  EXPECT_EQ(prelu_operations(call_of({2, 3, 8, 8}, {2, 3, 8, 8})), 384);
}

TEST(thop_softmax, counts_three_passes_less_one_for_each_row) {
  EXPECT_EQ(softmax_operations(call_of({4, 8}, {4, 8}), -1), 92);
  EXPECT_EQ(softmax_operations(call_of({4, 8}, {4, 8}), 0), 88);
  EXPECT_EQ(softmax_operations(call_of({4, 8}, {4, 8}), -2), 88);
  EXPECT_EQ(softmax_operations(call_of({2, 3, 8, 8}, {2, 3, 8, 8}), 1), 1024);
  EXPECT_EQ(softmax_operations(call_of({0, 8}, {0, 8}), 1), 0);
}

TEST(thop_softmax, refuses_the_size_of_a_nested_tensor_that_varies) {
  auto call = call_of({2, module_call::ragged, 16}, {2, module_call::ragged, 16});
  call.nested_inputs = {{0, 128}};
  EXPECT_EQ(softmax_operations(call, -1), 8 * 47);
  EXPECT_THROW((void)softmax_operations(call, 1), rule_error);
}

TEST(thop_softmax, refuses_what_it_cannot_count) {
  EXPECT_THROW((void)softmax_operations(call_of({4, 8}, {4, 8}), 2), rule_error);
  EXPECT_THROW((void)softmax_operations(call_of({4, 8}, {4, 8}), -3), rule_error);
  EXPECT_THROW((void)softmax_operations(call_of({}, {}), 0), rule_error);
  EXPECT_THROW((void)softmax_operations(call_of({4, 0}, {4, 0}), 1), rule_error);
  EXPECT_THROW((void)softmax_operations({}, 0), rule_error);
  EXPECT_THROW((void)softmax_operations(call_of({test::largest / 2}, {}), 0), overflow_error);
}

TEST(thop_average_pool, counts_the_divides_only) {
  EXPECT_EQ(average_pool_operations(call_of({2, 3, 8, 8}, {2, 3, 4, 4})), 96);
  EXPECT_THROW((void)average_pool_operations({}), rule_error);
}

TEST(thop_adaptive_average_pool, cuts_the_fraction_after_the_product) {
  EXPECT_EQ(adaptive_average_pool_operations(call_of({2, 3, 8, 8}, {2, 3, 1, 1})), 390);
  EXPECT_EQ(adaptive_average_pool_operations(call_of({2, 3, 8, 8}, {2, 3, 3, 3})), 438);
  // (7/5 + 1) * 5 = 12 exactly, and 2 * (7/4 + 1) * 4 = 22; cut before the product they were 10 and 16.
  EXPECT_EQ(adaptive_average_pool_operations(call_of({1, 1, 7}, {1, 1, 5})), 12);
  EXPECT_EQ(adaptive_average_pool_operations(call_of({1, 2, 7}, {1, 2, 4})), 22);
  // 1 + 35/9 = 44/9, for 9 elements 44; 1 + 10/3, for 3 elements 13.
  EXPECT_EQ(adaptive_average_pool_operations(call_of({1, 1, 5, 7}, {1, 1, 3, 3})), 44);
  EXPECT_EQ(adaptive_average_pool_operations(call_of({1, 1, 10}, {1, 1, 3})), 13);
  EXPECT_EQ(adaptive_average_pool_operations(call_of({1, 1, 3, 3}, {1, 1, 2, 1})), 11);
}

TEST(thop_adaptive_average_pool, is_one_too_low_where_doubles_fall_below_a_whole_number) {
  EXPECT_EQ(adaptive_average_pool_operations(call_of({1, 3, 2}, {1, 3, 3})), 14);
  EXPECT_EQ(adaptive_average_pool_operations(call_of({3, 1, 2, 2}, {3, 1, 1, 3})), 20);
  EXPECT_EQ(adaptive_average_pool_operations(call_of({1, 2, 2, 2, 2}, {1, 2, 1, 1, 6})), 27);
}

TEST(thop_adaptive_average_pool, looks_at_dimensions_from_two_only_also_without_batch) {
  EXPECT_EQ(adaptive_average_pool_operations(call_of({3, 8, 8}, {3, 2, 2})), (4 + 1) * 12);
  EXPECT_EQ(adaptive_average_pool_operations(call_of({3, 8}, {3, 2})), (1 + 1) * 6);
}

TEST(thop_adaptive_average_pool, refuses_what_it_cannot_count) {
  EXPECT_THROW((void)adaptive_average_pool_operations(call_of({1, 1, 8}, {1, 1, 0})), rule_error);
  EXPECT_THROW((void)adaptive_average_pool_operations(call_of({1, 1, 8}, {1, 1})), rule_error);
  EXPECT_THROW((void)adaptive_average_pool_operations({}), rule_error);
  EXPECT_THROW((void)adaptive_average_pool_operations(call_of({1, 1, test::largest}, {1, 1, 1})),
               overflow_error);
}

TEST(thop_upsample, multiplies_the_output_by_a_factor_of_the_mode) {
  auto const call = call_of({2, 3, 8, 8}, {2, 3, 16, 16});
  EXPECT_EQ(upsample_operations(call, upsample_mode::nearest), 1536);
  EXPECT_EQ(upsample_operations(call, upsample_mode::linear), 7680);
  EXPECT_EQ(upsample_operations(call, upsample_mode::bilinear), 16896);
  EXPECT_EQ(upsample_operations(call, upsample_mode::bicubic), 397824);
  EXPECT_EQ(upsample_operations(call, upsample_mode::other), 0);
  EXPECT_THROW((void)upsample_operations({}, upsample_mode::nearest), rule_error);
  EXPECT_THROW((void)upsample_operations(call_of({1}, {test::largest / 100}), upsample_mode::bicubic),
               overflow_error);
}

}  // namespace
}  // namespace flopwatch::thop
