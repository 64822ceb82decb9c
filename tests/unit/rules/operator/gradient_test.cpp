// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "unit/rules/operator/operator_call.hpp"

namespace flopwatch::test {
namespace {

TEST(gradient, losses_by_element_with_a_divide_for_the_mean) {
  auto const x = tensor({4, 5});
  EXPECT_EQ(flops("aten::binary_cross_entropy_backward", {tensor({}), x, x, none, number(1)}), 20 * 6);
  EXPECT_EQ(flops("aten::binary_cross_entropy_backward", {x, x, x, x, number(0)}), 20 * 6);
  EXPECT_EQ(flops("aten::smooth_l1_loss_backward", {tensor({}), x, x, number(1), 1.0}), 20 * 4);
  EXPECT_EQ(flops("aten::huber_loss_backward", {tensor({}), x, x, number(2), 1.0}), 20 * 2);
  EXPECT_EQ(flops("aten::soft_margin_loss_backward", {x, x, x, number(0)}), 20 * 6);
}

TEST(gradient, activations) {
  auto const x = tensor({4, 5});
  EXPECT_EQ(flops("aten::elu_backward", {x, number(1), number(1), number(1), false, x}), 80);
  EXPECT_EQ(flops("aten::mish_backward", {x, x}), 200);
  EXPECT_EQ(flops("aten::log_sigmoid_backward", {x, x, tensor({0})}), 100);
  EXPECT_EQ(flops("aten::logit_backward", {x, x, none}), 60);
  EXPECT_EQ(flops("aten::special_hermite_polynomial_h", {x, number(7)}), 20);
}

TEST(gradient, margins) {
  // 4 rows of 5 classes: 3 for each class, a sum's end and a mean for each row.
  EXPECT_EQ(
      flops("aten::multi_margin_loss", {tensor({4, 5}), tensor({4}), number(1), number(1), none, number(1)}),
      60 + 8);
}

TEST(gradient, norms) {
  EXPECT_EQ(flops("aten::_weight_norm_interface_backward",
                  {tensor({4, 5}), tensor({4, 5}), tensor({4, 1}), tensor({4, 1}), number(0)}),
            5 * 20 + 5 * 4);
  EXPECT_EQ(flops("aten::batch_norm_backward_elemt",
                  {tensor({2, 3, 4}), tensor({2, 3, 4}), tensor({3}), tensor({3}), none}),
            5 * 24);
  EXPECT_EQ(flops("aten::renorm", {tensor({4, 5}), number(2), number(0), number(1)}), 60 + 8);
}

TEST(gradient, distances) {
  EXPECT_EQ(
      flops("aten::_cdist_backward", {tensor({3, 4}), tensor({3, 7}), tensor({4, 7}), 2.0, tensor({3, 4})}),
      12 * 7 * 4);
  EXPECT_EQ(flops("aten::_pdist_backward", {tensor({6}), tensor({4, 7}), 1.0, tensor({6})}), 6 * 7 * 4);
}

TEST(gradient, library_convolutions) {
  // 2*8*6*6 gradients of 4*3*3 products, for input and weight.
  EXPECT_EQ(macs("aten::_slow_conv2d_backward",
                 {tensor({2, 8, 6, 6}), tensor({2, 4, 8, 8}), tensor({8, 4, 3, 3}), ints{3, 3}, ints{1, 1},
                  ints{0, 0}, ints{1, 1, 0}},
                 "output_mask"),
            2 * 576 * 36);
  EXPECT_EQ(macs("aten::mps_convolution_backward",
                 {tensor({2, 4, 8, 8}), tensor({2, 8, 6, 6}), tensor({8, 4, 3, 3}), ints{0, 0}, ints{1, 1},
                  ints{1, 1}, number(1), ints{1, 0, 0}}),
            576 * 36);
  EXPECT_EQ(macs("aten::mkldnn_linear_backward_input", {ints{3, 16}, tensor({3, 48}), tensor({48, 16})}),
            2304);
}

TEST(accumulate_more, picked_rows_and_reductions) {
  EXPECT_EQ(flops("aten::scatter_reduce",
                  {tensor({4}), number(0), tensor({9}, scalar_type::i64), tensor({9}), word, true}, "two"),
            9);
  EXPECT_EQ(flops("aten::index_reduce",
                  {tensor({4, 2}), number(0), tensor({3}, scalar_type::i64), tensor({3, 2}), word}),
            6);
  args const bag{tensor({2, 8}), tensor({5}, scalar_type::i64),
                 tensor({5}),    tensor({2}),
                 tensor({2}),    number(10),
                 false,          number(1),
                 none,           number(-1)};
  EXPECT_EQ(flops("aten::_embedding_bag_dense_backward", bag), 2 * 40) << "mean: a divide and an add";
  EXPECT_EQ(macs("aten::_embedding_bag_per_sample_weights_backward",
                 {tensor({2, 8}), tensor({10, 8}), tensor({5}, scalar_type::i64)}),
            40);
}

TEST(prims, count_as_the_operators_of_the_same_meaning) {
  EXPECT_EQ(flops("prims::mul", {tensor({4, 5}), tensor({4, 5})}), 20);
  EXPECT_EQ(flops("prims::fma", {tensor({5}), tensor({5}), tensor({5})}), 10);
  EXPECT_EQ(find_operator("prims::sum", "").treatment, operator_treatment::opened);
}

TEST(unsupported, says_why) {
  auto const entry = find_operator("aten::_spsolve", "");
  EXPECT_EQ(entry.treatment, operator_treatment::unknown);
  EXPECT_NE(entry.note, "");
}

}  // namespace
}  // namespace flopwatch::test
