// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "unit/rules/operator/operator_call.hpp"

namespace flopwatch::test {
namespace {

struct conv {
  ints stride{1}, padding{0}, dilation{1};
  std::int64_t groups = 1;
  operator_arg bias = none;
};

args conv_args(tensor_arg input, tensor_arg weight, conv const& c) {
  return {std::move(input), std::move(weight), c.bias, c.stride, c.padding, c.dilation, c.groups};
}

TEST(conv2d, outputs_times_channels_times_kernel) {
  auto const a = conv_args(tensor({2, 3, 8, 8}), tensor({6, 3, 3, 3}), {.padding = {1}, .bias = tensor({6})});
  EXPECT_EQ(macs("aten::conv2d", a), 20736);
  EXPECT_EQ(flops("aten::conv2d", a), 2 * 6 * 64);
}

TEST(conv2d, groups_divide_the_channels) {
  EXPECT_EQ(macs("aten::conv2d",
                 conv_args(tensor({2, 3, 8, 8}), tensor({6, 1, 3, 3}), {.padding = {1}, .groups = 3})),
            6912);
}

TEST(conv2d, stride_and_dilation_shrink_the_output) {
  // (8 + 2 - 2 * 2 - 1) / 2 + 1 = 3
  auto const a = conv_args(tensor({1, 4, 8, 8}), tensor({5, 4, 3, 3}),
                           {.stride = {2, 2}, .padding = {1, 1}, .dilation = {2, 2}});
  EXPECT_EQ(macs("aten::conv2d", a), 5 * 9 * 4 * 9);
}

TEST(conv1d_and3d, spatial_ranks) {
  EXPECT_EQ(macs("aten::conv1d", conv_args(tensor({2, 3, 10}), tensor({4, 3, 5}), {.stride = {2}})),
            2 * 4 * 3 * 3 * 5);
  EXPECT_EQ(macs("aten::conv3d", conv_args(tensor({1, 2, 5, 5, 5}), tensor({4, 2, 3, 3, 3}), {})), 5832);
}

TEST(conv2d, unbatched_input) {
  EXPECT_EQ(macs("aten::conv2d", conv_args(tensor({3, 8, 8}), tensor({6, 3, 3, 3}), {.padding = {1}})),
            10368);
}

TEST(conv2d, empty_inputs_give_nothing) {
  EXPECT_EQ(
      macs("aten::conv2d", conv_args(tensor({0, 3, 8, 8}), tensor({6, 3, 3, 3}), {.bias = tensor({6})})), 0);
  EXPECT_EQ(
      flops("aten::conv2d", conv_args(tensor({0, 3, 8, 8}), tensor({6, 3, 3, 3}), {.bias = tensor({6})})), 0);
  EXPECT_EQ(macs("aten::conv2d", conv_args(tensor({2, 0, 8, 8}), tensor({6, 0, 3, 3}), {})), 0);
}

TEST(conv2d, refuses_what_does_not_fit) {
  auto const with = [](tensor_arg const& input, conv const& c) {
    return macs("aten::conv2d", conv_args(input, tensor({6, 3, 3, 3}), c));
  };
  EXPECT_THROW(with(tensor({2, 4, 8, 8}), {}), rule_error) << "channels";
  EXPECT_THROW(with(tensor({2, 3, 2, 8}), {}), rule_error) << "kernel beyond the input";
  EXPECT_THROW(with(tensor({8, 8}), {}), rule_error) << "rank";
  EXPECT_THROW(with(tensor({2, 3, 8, 8}), {.stride = {0}}), rule_error);
  EXPECT_THROW(with(tensor({2, 3, 8, 8}), {.stride = {1, 1, 1}}), rule_error);
  EXPECT_THROW(with(tensor({2, 3, 8, 8}), {.groups = 0}), rule_error);
}

TEST(conv2d, the_forms_with_a_word_for_padding_are_opened) {
  for (auto const* name : {"aten::conv1d", "aten::conv2d", "aten::conv3d"}) {
    EXPECT_EQ(find_operator(name, "padding").treatment, operator_treatment::opened);
    EXPECT_EQ(find_operator(name, "").treatment, operator_treatment::counted);
  }
}

TEST(conv_transpose, inputs_times_channels_times_kernel) {
  args const grouped{
      tensor({2, 4, 8, 8}), tensor({4, 4, 2, 2}), none, ints{2}, ints{0}, ints{0}, number(2), ints{1}};
  EXPECT_EQ(macs("aten::conv_transpose2d", grouped, "input"), 512 * 4 * 4);
  args const plain{tensor({2, 3, 8}), tensor({3, 6, 4}), tensor({6}), ints{2},
                   ints{1},           ints{0},           number(1),   ints{1}};
  EXPECT_EQ(macs("aten::conv_transpose1d", plain), 1152);
  EXPECT_EQ(flops("aten::conv_transpose1d", plain), 2 * 6 * 16);
}

TEST(conv_transpose, output_padding_and_dilation_add_outputs) {
  // (5 - 1) * 2 - 2 * 1 + 2 * (3 - 1) + 1 + 1 = 12
  args const a{tensor({1, 2, 5}), tensor({2, 3, 3}), tensor({3}), ints{2},
               ints{1},           ints{1},           number(1),   ints{2}};
  EXPECT_EQ(flops("aten::conv_transpose1d", a), 3 * 12);
  EXPECT_EQ(macs("aten::conv_transpose1d", a), 10 * 3 * 3);
}

TEST(convolution, the_general_form_knows_its_direction) {
  auto const with = [](bool transposed, tensor_arg const& weight) {
    return macs("aten::convolution", {tensor({2, 4, 6, 6}), weight, none, ints{1, 1}, ints{1, 1}, ints{1, 1},
                                      transposed, ints{0, 0}, number(2)});
  };
  EXPECT_EQ(with(false, tensor({6, 2, 3, 3})), 2 * 6 * 36 * 2 * 9);
  EXPECT_EQ(with(true, tensor({4, 3, 3, 3})), 2 * 4 * 36 * 3 * 9);
}

TEST(convolution, every_form_of_one_convolution_agrees) {
  auto const x = tensor({2, 4, 9, 9});
  auto const w = tensor({6, 4, 3, 3});
  operator_arg const b = tensor({6});
  ints const s{2, 2}, p{1, 1}, d{1, 1}, k{3, 3};
  auto const g = number(1);
  std::int64_t const expected = 2 * 6 * 25 * 4 * 9;
  EXPECT_EQ(macs("aten::_convolution", {x, w, b, s, p, d, false, ints{0, 0}, g, false, false, true, true}),
            expected);
  EXPECT_EQ(macs("aten::cudnn_convolution", {x, w, p, s, d, g, false, false, true}), expected);
  EXPECT_EQ(macs("aten::cudnn_convolution_relu", {x, w, b, s, p, d, g}), expected);
  EXPECT_EQ(macs("aten::mkldnn_convolution", {x, w, b, p, s, d, g}), expected);
  EXPECT_EQ(macs("aten::miopen_convolution", {x, w, b, p, s, d, g, false, false}), expected);
  EXPECT_EQ(macs("aten::thnn_conv2d", {x, w, k, b, s, p}), expected);
  EXPECT_EQ(macs("aten::_slow_conv2d_forward", {x, w, k, b, s, p}), expected);
  EXPECT_EQ(macs("aten::slow_conv_dilated2d", {x, w, k, b, s, p, d}), expected);
  EXPECT_EQ(macs("aten::_nnpack_spatial_convolution", {x, w, b, p, s}), expected);
  EXPECT_EQ(macs("mkldnn::_convolution_pointwise", {x, w, b, p, s, d, g, word, word, none}), expected);
  EXPECT_EQ(macs("mkldnn::_convolution_pointwise",
                 {x, tensor({2, 6, 5, 5}), w, b, p, s, d, g, word, none, none, word, none}, "binary"),
            expected);
  EXPECT_EQ(macs("mkldnn::_convolution_pointwise_",
                 {tensor({2, 6, 5, 5}), x, w, b, p, s, d, g, word, none, none, word, none}, "binary"),
            expected);
}

TEST(convolution, depthwise_forms_read_their_groups_off_the_channels) {
  EXPECT_EQ(macs("aten::_conv_depthwise2d", {tensor({1, 4, 6, 6}), tensor({8, 1, 3, 3}), ints{3, 3}, none,
                                             ints{1, 1}, ints{0, 0}, ints{1, 1}}),
            8 * 16 * 9);
}

TEST(convolution, fused_addend_and_its_factor) {
  auto const with = [](operator_arg const& alpha) {
    return flops("aten::cudnn_convolution_add_relu",
                 {tensor({1, 1, 4, 4}), tensor({1, 1, 3, 3}), tensor({1, 1, 2, 2}), alpha, tensor({1}),
                  ints{1, 1}, ints{0, 0}, ints{1, 1}, number(1)});
  };
  EXPECT_EQ(with(none), 8);
  EXPECT_EQ(with(1.0), 8);
  EXPECT_EQ(with(2.0), 12);
}

TEST(conv_tbc, time_comes_first) {
  args const a{tensor({10, 2, 3}), tensor({5, 3, 4}), tensor({4}), number(1)};
  EXPECT_EQ(macs("aten::conv_tbc", a), 8 * 2 * 4 * 3 * 5);
  EXPECT_EQ(flops("aten::conv_tbc", a), 8 * 2 * 4);
}

TEST(convolution_backward, each_gradient_is_one_forward_pass) {
  for (std::int64_t const groups : {1, 2, 4}) {
    auto const with = [&](ints mask) {
      return count("aten::convolution_backward",
                   {tensor({2, 8, 6, 6}), tensor({2, 8, 8, 8}), tensor({8, 8 / groups, 3, 3}), ints{8},
                    ints{1, 1}, ints{0, 0}, ints{1, 1}, false, ints{0, 0}, number(groups),
                    list(std::move(mask))})
          .amount;
    };
    std::int64_t const forward = 2 * 8 * 36 * (8 / groups) * 9;
    EXPECT_EQ(with({1, 1, 0}).macs, 2 * forward);
    EXPECT_EQ(with({0, 1, 1}), (work{forward, forward, 2 * 8 * 36 - 8}));
  }
}

TEST(convolution_backward, transposed) {
  EXPECT_EQ(macs("aten::convolution_backward",
                 {tensor({2, 6, 9, 9}), tensor({2, 4, 4, 4}), tensor({4, 6, 3, 3}), none, ints{2, 2},
                  ints{0, 0}, ints{1, 1}, true, ints{0, 0}, number(1), ints{1, 0, 0}}),
            2 * 4 * 16 * 6 * 9);
}

}  // namespace
}  // namespace flopwatch::test
