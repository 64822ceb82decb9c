// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "unit/rules/operator/operator_call.hpp"

namespace flopwatch::test {
namespace {

tensor_arg indices(ints sizes) { return tensor(std::move(sizes), scalar_type::i64); }

TEST(accumulate, one_add_for_each_element) {
  EXPECT_EQ(flops("aten::scatter_add", {tensor({9, 4}), number(0), indices({3, 4}), tensor({3, 4})}), 12);
  EXPECT_EQ(flops("aten::index_add_", {tensor({9, 4}), number(0), indices({3}), tensor({3, 4}), number(1)}),
            12);
  EXPECT_EQ(flops("aten::index_add_", {tensor({9, 4}), number(0), indices({3}), tensor({3, 4}), 0.5}), 24);
  EXPECT_EQ(
      flops("aten::embedding_dense_backward", {tensor({3, 4}), indices({3}), number(9), number(-1), false}),
      12);
}

TEST(accumulate, scatter_counts_only_with_a_reduction) {
  EXPECT_EQ(find_operator("aten::scatter_", "src").treatment, operator_treatment::no_arithmetic);
  args const reduced{tensor({9}), number(0), indices({3}), tensor({3}), word};
  EXPECT_EQ(flops("aten::scatter_", reduced, "reduce"), 3);
}

TEST(accumulate, index_put) {
  auto const with = [](bool accumulate, std::vector<tensor_arg> where) {
    return flops("aten::index_put_", {tensor({9, 4, 5}), tensors(std::move(where)), tensor({1}), accumulate});
  };
  EXPECT_EQ(with(false, {indices({3})}), 0);
  EXPECT_EQ(with(true, {indices({3})}), 3 * 20);
  EXPECT_EQ(with(true, {undefined(), indices({3, 1}), indices({2})}), 6 * 9);
  EXPECT_THROW(with(true, {tensor({9}, scalar_type::boolean)}), rule_error);
}

TEST(accumulate, a_mask_picks_as_many_places_as_there_are_values) {
  auto const with = [](std::vector<tensor_arg> where, ints values) {
    return flops("aten::_index_put_impl_",
                 {tensor({9, 4, 5}), tensors(std::move(where)), tensor(std::move(values)), true, false});
  };
  auto const mask = [](ints sizes) { return tensor(std::move(sizes), scalar_type::boolean); };
  EXPECT_EQ(with({mask({9})}, {6, 4, 5}), 6 * 20);
  EXPECT_EQ(with({mask({9, 4})}, {7, 5}), 7 * 5);
  EXPECT_EQ(with({undefined(), mask({4})}, {9, 3, 5}), 9 * 3 * 5);
  EXPECT_EQ(with({mask({9, 4, 5})}, {11}), 11);
  EXPECT_THROW(with({mask({9})}, {1, 4, 5}), rule_error) << "one value may stand for many places";
  EXPECT_THROW(with({mask({9})}, {5}), rule_error);
}

TEST(embedding_bag, modes) {
  auto const with = [](std::int64_t mode, operator_arg const& weights) {
    return flops("aten::_embedding_bag", {tensor({100, 8}), indices({12}), indices({3}), false, number(mode),
                                          false, weights, false, number(-1)});
  };
  EXPECT_EQ(with(0, none), 96);
  EXPECT_EQ(with(0, tensor({12})), 192);
  EXPECT_EQ(with(1, none), 96 + 24);
  EXPECT_EQ(with(2, none), 0);
}

TEST(distances, by_their_order) {
  auto const with = [](operator_arg const& p) {
    return flops("aten::_cdist_forward", {tensor({2, 3, 5}), tensor({1, 4, 5}), p, none});
  };
  EXPECT_EQ(with(2.0), 24 * 15);
  EXPECT_EQ(with(1.0), 24 * 9);
  EXPECT_EQ(with(std::numeric_limits<double>::infinity()), 24 * 5);
  EXPECT_EQ(flops("aten::_pdist_forward", {tensor({4, 5}), 2.0}), 6 * 15);
}

}  // namespace
}  // namespace flopwatch::test
