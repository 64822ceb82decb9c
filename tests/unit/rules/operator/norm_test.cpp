// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "unit/rules/operator/operator_call.hpp"

namespace flopwatch::test {
namespace {

operator_arg const weight = tensor({8});

TEST(layer_norm, five_for_each_element_and_two_for_each_row) {
  auto const x = tensor({2, 3, 8});
  EXPECT_EQ(flops("aten::native_layer_norm", {x, ints{8}, none, none, 1e-5}), 5 * 48 + 2 * 6);
  EXPECT_EQ(flops("aten::native_layer_norm", {x, ints{8}, weight, weight, 1e-5}), 7 * 48 + 2 * 6);
  EXPECT_EQ(flops("prim::MKLDNNLayerNorm", {x, ints{8}, weight, weight, 1e-5, true}), 7 * 48 + 2 * 6);
  EXPECT_EQ(flops("aten::native_layer_norm", {x, ints{3, 8}, none, none, 1e-5}), 5 * 48 + 2 * 2);
  EXPECT_EQ(flops("aten::native_layer_norm", {tensor({0, 8}), ints{8}, weight, weight, 1e-5}), 0);
  EXPECT_THROW(flops("aten::native_layer_norm", {x, ints{3}, none, none, 1e-5}), rule_error);
}

TEST(rms_norm, has_no_mean) {
  EXPECT_EQ(flops("aten::_fused_rms_norm", {tensor({6, 8}), ints{8}, weight, 1e-5}), 4 * 48 + 2 * 6);
  EXPECT_EQ(flops("aten::rms_norm", {tensor({6, 8}), ints{8}, none, none}), 3 * 48 + 2 * 6);
}

TEST(group_norm, groups_share_a_mean) {
  EXPECT_EQ(flops("aten::native_group_norm",
                  {tensor({2, 8, 3, 3}), weight, weight, number(2), number(8), number(9), number(4), 1e-5}),
            7 * 144 + 2 * 8);
}

args batch_norm(bool training, operator_arg const& running) {
  return {tensor({2, 8, 3, 3}), weight, weight, running, running, training, 0.1, 1e-5};
}

TEST(batch_norm, training_and_inference) {
  EXPECT_EQ(flops("aten::native_batch_norm", batch_norm(false, weight)), 4 * 144 + 2 * 8);
  EXPECT_EQ(flops("aten::native_batch_norm", batch_norm(true, none)), 7 * 144 + 2 * 8);
  EXPECT_EQ(flops("aten::native_batch_norm", batch_norm(true, weight)), 7 * 144 + 9 * 8);
  EXPECT_EQ(flops("aten::cudnn_batch_norm", batch_norm(true, weight)), 7 * 144 + 9 * 8);
  EXPECT_EQ(flops("aten::_native_batch_norm_legit", {tensor({2, 8, 3, 3}), none, none, true, 0.1, 1e-5},
                  "no_stats"),
            5 * 144 + 2 * 8);
  EXPECT_EQ(flops("aten::_native_batch_norm_legit_no_training",
                  {tensor({2, 8, 3, 3}), none, none, weight, weight, 0.1, 1e-5}),
            2 * 144 + 2 * 8);
  EXPECT_THROW(flops("aten::native_batch_norm", {tensor({2, 8}), weight, weight}), rule_error);
}

TEST(weight_norm, one_factor_for_each_row) {
  EXPECT_EQ(flops("aten::_weight_norm_interface", {tensor({4, 5}), tensor({4, 1}), number(0)}), 3 * 20 + 4);
}

TEST(norm_backward, only_the_gradients_asked_for) {
  auto const x = tensor({6, 8});
  auto const with = [&](ints mask) {
    return flops("aten::native_layer_norm_backward",
                 {x, x, ints{8}, tensor({6}), tensor({6}), weight, weight, list(std::move(mask))});
  };
  EXPECT_EQ(with({0, 0, 1}), 48 - 8);
  EXPECT_EQ(with({0, 1, 0}), 4 * 48 - 8);
  EXPECT_EQ(with({1, 0, 0}), 10 * 48);
  EXPECT_EQ(with({1, 1, 1}), 10 * 48 + 3 * 48 - 16);
  EXPECT_EQ(flops("aten::native_batch_norm_backward",
                  {x, x, weight, none, none, none, none, false, 1e-5, ints{1, 0, 0}}),
            48 + 8);
}

TEST(pooling, averages_add_the_window_and_divide_once) {
  args const plain{tensor({2, 3, 8, 8}), ints{2}, ints{}, ints{0}, false, true, none};
  EXPECT_EQ(flops("aten::avg_pool2d", plain), 2 * 3 * 16 * 4);
  args const padded{tensor({1, 1, 4, 4}), ints{3, 3}, ints{2, 2}, ints{1, 1}, false, true, none};
  EXPECT_EQ(flops("aten::avg_pool2d", padded), (2 + 3) * (2 + 3)) << "padding is not added";
  args const unbatched{tensor({3, 8}), ints{4}, ints{4}, ints{0}, false, true};
  EXPECT_EQ(flops("aten::avg_pool1d", unbatched), 3 * 8);
}

TEST(pooling, ceil_mode_adds_a_partial_window) {
  auto const with = [](bool ceil_mode) {
    return flops("aten::avg_pool1d", {tensor({1, 1, 5}), ints{2}, ints{2}, ints{0}, ceil_mode, true});
  };
  EXPECT_EQ(with(false), 4);
  EXPECT_EQ(with(true), 5);
}

TEST(pooling, ceil_mode_adds_no_window_behind_the_input) {
  EXPECT_EQ(flops("aten::avg_pool2d_backward",
                  {tensor({1, 1, 1, 1}), tensor({1, 1, 3, 3}), ints{1}, ints{3}, ints{0}, true, true, none}),
            1 + 1);
}

TEST(pooling, adaptive_windows_may_overlap) {
  EXPECT_EQ(flops("aten::_adaptive_avg_pool2d", {tensor({2, 3, 8, 8}), ints{1, 1}}), 2 * 3 * 64);
  // Windows of 8 in 3: 3, 4 and 3 elements.
  EXPECT_EQ(flops("aten::adaptive_avg_pool2d", {tensor({2, 3, 8, 8}), ints{3, 3}}), 2 * 3 * 100);
  EXPECT_EQ(flops("aten::_adaptive_avg_pool2d_backward", {tensor({2, 3, 3, 3}), tensor({2, 3, 8, 8})}),
            6 * 109);
}

TEST(pooling, refuses_what_does_not_fit) {
  EXPECT_THROW(flops("aten::avg_pool2d", {tensor({8}), ints{2}, ints{}, ints{0}, false, true, none}),
               rule_error);
  EXPECT_THROW(flops("aten::avg_pool2d", {tensor({1, 2, 2}), ints{3}, ints{}, ints{0}, false, true, none}),
               rule_error);
  EXPECT_THROW(flops("aten::avg_pool2d", {tensor({1, 4, 4}), ints{0}, ints{}, ints{0}, false, true, none}),
               rule_error);
}

TEST(interpolation, taps_of_each_output) {
  EXPECT_EQ(flops("aten::upsample_bilinear2d", {tensor({2, 3, 4, 4}), ints{8, 8}, false, none, none}),
            384 * 9);
  EXPECT_EQ(flops("aten::upsample_bicubic2d", {tensor({2, 3, 4, 4}), ints{8, 8}, false, none, none}),
            384 * 35);
  EXPECT_EQ(find_operator("aten::upsample_bilinear2d", "vec").treatment, operator_treatment::opened);
  EXPECT_EQ(find_operator("aten::upsample_nearest2d", "").treatment, operator_treatment::no_arithmetic);
}

TEST(interpolation, grid_sampling) {
  auto const with = [](std::int64_t mode, std::int64_t padding) {
    return flops("aten::grid_sampler_2d",
                 {tensor({1, 5, 4, 4}), tensor({1, 3, 3, 2}), number(mode), number(padding), false});
  };
  EXPECT_EQ(with(0, 0), 9 * (8 + 4 + 4) + 45 * 7);
  EXPECT_EQ(with(1, 1), 9 * 8);
  EXPECT_THROW(with(2, 0), rule_error);
  EXPECT_THROW(with(0, 2), rule_error);
}

}  // namespace
}  // namespace flopwatch::test
