// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "unit/rules/operator/operator_call.hpp"

namespace flopwatch::test {
namespace {

constexpr auto q = scalar_type::quantized;
operator_arg const real = 0.5;

work amounts(std::int64_t macs, std::int64_t flops) { return {macs, macs, flops}; }

packed_arg packed(std::vector<tensor_arg> tensors, ints integers = {}) {
  return {std::move(tensors), std::move(integers)};
}

TEST(quantized_layer, a_linear_layer_scales_its_sums) {
  args const a{tensor({3, 16}, q), packed({tensor({48, 16}, q), tensor({48})}), real, number(0)};
  auto const work = count("quantized::linear", a);
  EXPECT_EQ(work.amount, (amounts(3 * 16 * 48, 3 * 48)));
  EXPECT_EQ(work.precision, precision::int8);
  EXPECT_EQ(flops("quantized::linear_tanh", a), 2 * 3 * 48);
}

TEST(quantized_layer, a_dynamic_one_quantizes_its_input_and_adds_a_real_bias) {
  auto const with = [](tensor_arg const& bias) {
    return count("quantized::linear_dynamic", {tensor({3, 16}), packed({tensor({48, 16}, q), bias}), true})
        .amount;
  };
  // 48 inputs of 2, 144 results of 1 and 1.
  EXPECT_EQ(with(tensor({48})), (amounts(2304, 2 * 48 + 2 * 144)));
  EXPECT_EQ(with(undefined()), (amounts(2304, 2 * 48 + 144)));
}

TEST(quantized_layer, weights_in_half_precision_need_no_scales) {
  args const a{tensor({3, 16}), packed({tensor({48, 16}), tensor({48})})};
  auto const work = count("quantized::linear_dynamic_fp16", a);
  EXPECT_EQ(work.amount, (amounts(2304, 144)));
  EXPECT_EQ(work.precision, precision::fp32);
}

TEST(quantized_layer, convolutions_have_their_parameters_in_the_packed_object) {
  // Strides 2 and 1, padding 1: 8x8 becomes 4x8; 2 groups: 4*8*6 results of 2*3*3 products.
  ints const parameters{2, 2, 1, 1, 1, 1, 1, 0, 0, 2, 0};
  args const a{tensor({1, 4, 8, 8}, q), packed({tensor({6, 2, 3, 3}, q), undefined()}, parameters), real,
               number(0)};
  EXPECT_EQ(count("quantized::conv2d", a, "new").amount, (amounts(192 * 18, 192)));
  // The same with an addend before the weight: made real, and added.
  args const with_addend{a[0], tensor({1, 6, 4, 8}, q), a[1], real, number(0)};
  EXPECT_EQ(count("quantized::conv2d_add", with_addend).amount, (amounts(192 * 18, 3 * 192)));
  // 256 real inputs are quantized.
  EXPECT_EQ(count("quantized::conv2d_dynamic", {tensor({1, 4, 8, 8}), a[1], true}).amount,
            (amounts(192 * 18, 2 * 256 + 192)));
}

TEST(quantized_layer, one_dimension_is_packed_as_two) {
  // Stride 2, padding 1: 9 becomes 5; 5*6 results of 2*3 products.
  ints const parameters{2, 1, 2, 0, 1, 1, 1, 0, 0, 1, 0};
  args const a{tensor({2, 9}, q), packed({tensor({6, 2, 1, 3}, q), undefined()}, parameters), real,
               number(0)};
  EXPECT_EQ(macs("quantized::conv1d", a), 30 * 6);
}

TEST(quantized_layer, transposed_convolutions) {
  // Each of 4*8*8 inputs meets 3*3*3 weights of its group.
  ints const parameters{2, 2, 2, 1, 1, 1, 1, 1, 1, 2, 1};
  args const a{tensor({1, 4, 8, 8}, q), packed({tensor({4, 3, 3, 3}, q), undefined()}, parameters), real,
               number(0)};
  // (8-1)*2 + 3 - 2 + 1 = 16 in each dimension, 6 channels.
  EXPECT_EQ(count("quantized::conv_transpose2d", a).amount, (amounts(256 * 27, 6 * 256)));
}

TEST(quantized_layer, what_could_not_be_unpacked_is_refused) {
  EXPECT_THROW(macs("quantized::linear", {tensor({3, 16}, q), word, real, number(0)}), rule_error);
  args const no_parameters{tensor({1, 4, 8, 8}, q), packed({tensor({6, 4, 3, 3}, q)}), real, number(0)};
  EXPECT_THROW(macs("quantized::conv2d", no_parameters), rule_error);
}

TEST(quantized_layer, block_sparse_weights_count_their_blocks) {
  // 12 blocks of 1x4 in [6,8].
  auto const weight = packed({tensor({6}), tensor({1}), tensor({1}), tensor({7}, scalar_type::i32),
                              tensor({12}, scalar_type::i32), tensor({48}, scalar_type::i8)},
                             {2, 1, 4, 1, 6, 8});
  EXPECT_EQ(count("sparse::qlinear", {tensor({3, 8}, q), weight, real, number(0)}).amount,
            (amounts(3 * 48, 18)));
}

TEST(quantized_layer, float_weights_of_mobile_libraries) {
  EXPECT_EQ(count("prepacked::linear_clamp_run",
                  {tensor({3, 16}), packed({tensor({48, 16}), tensor({48}), undefined(), undefined()})})
                .amount,
            (amounts(2304, 144)));
  args const a{tensor({1, 4, 8, 8}), packed({tensor({6, 2, 3, 3}), undefined()}, {2, 1, 1, 1, 1, 1, 2})};
  EXPECT_EQ(macs("prepacked::conv2d_clamp_run", a), 192 * 18);
}

TEST(quantized_recurrent, each_product_is_a_dynamic_layer) {
  // T 5, B 2, I 3, H 4: 10 rows of 16*(3+4) products. A row: 2*7 to quantize, 32 sums scaled, 32 biases, 16
  // sums of both, 9*4 for the cell.
  auto const cell = packed(
      {tensor({16}), tensor({16}), tensor({16, 3}, q), tensor({16}), tensor({16, 4}, q), tensor({16})}, {1});
  args const a{
      tensor({5, 2, 3}), tensors({tensor({1, 2, 4})}), cell, true, number(1), real, false, false, false};
  EXPECT_EQ(count("aten::quantized_lstm", a, "input").amount, (amounts(1120, 10 * (14 + 32 + 32 + 16 + 36))));
  // The same rows, packed.
  args const rows{tensor({10, 3}), tensor({5}), tensors({tensor({1, 2, 4})}), cell, true, number(1)};
  EXPECT_EQ(count("aten::quantized_lstm", rows, "data").amount,
            count("aten::quantized_lstm", a, "input").amount);
  EXPECT_EQ(macs("quantized::quantized_gru_cell_dynamic",
                 {tensor({2, 3}), tensor({2, 4}), packed({tensor({12, 3}, q)}), packed({tensor({12, 4}, q)}),
                  tensor({12}), tensor({12})}),
            2 * 12 * 7);
}

TEST(quantized_numbers, conversions) {
  EXPECT_EQ(flops("aten::quantize_per_tensor", {tensor({10}), real, number(0), number(13)}), 20);
  EXPECT_EQ(flops("aten::quantize_per_tensor",
                  {tensors({tensor({10}), tensor({5})}), tensor({2}), tensor({2})}, "tensors"),
            30);
  EXPECT_EQ(flops("aten::dequantize", {tensor({10}, q)}, "self"), 10);
  EXPECT_EQ(flops("aten::fake_quantize_per_tensor_affine_cachemask", {tensor({10}), real}), 30);
  // 7 for each of 10 elements, and two sums of 5 to 1 for each of 2 channels.
  EXPECT_EQ(flops("aten::_fake_quantize_learnable_per_channel_affine_backward",
                  {tensor({2, 5}), tensor({2, 5}), tensor({2}), tensor({2})}),
            70 + 2 * 8);
}

TEST(quantized_numbers, operators_make_real_numbers_and_quantize_the_result) {
  EXPECT_EQ(flops("quantized::add", {tensor({4, 5}, q), tensor({5}, q), real, number(0)}), 20 * 5);
  EXPECT_EQ(find_operator("quantized::add", "Scalar").treatment, operator_treatment::no_arithmetic);
  EXPECT_EQ(count("quantized::sigmoid", {tensor({20}, q)}).precision, precision::fp32);
  EXPECT_EQ(count("quantized::matmul", {tensor({2, 3, 4}, q), tensor({4, 5}, q)}).amount, (amounts(120, 30)));
}

TEST(quantized_embedding, elements_have_scale_and_bias) {
  EXPECT_EQ(flops("quantized::embedding_byte", {packed({tensor({10, 8}, q)}), tensor({3}, scalar_type::i64)}),
            48);
  // Rows of 8 bytes and 8 for scale and bias; 3 picked rows are added.
  args const rows{
      tensor({10, 16}, scalar_type::u8), tensor({3}, scalar_type::i64), none, false, number(0), false, none};
  EXPECT_EQ(flops("quantized::embedding_bag_byte_rowwise_offsets", rows), 3 * 8 * 3);
  EXPECT_EQ(flops("quantized::embedding_bag_4bit_rowwise_offsets", rows), 3 * 24 * 3);
}

TEST(onednn, quantized_layers_take_packed_weights_as_tensors) {
  args const linear{tensor({3, 16}, scalar_type::u8),
                    real,
                    number(0),
                    tensor({16, 48}, scalar_type::i8),
                    tensor({48}),
                    tensor({48}),
                    tensor({48})};
  EXPECT_EQ(count("onednn::qlinear_pointwise", linear).amount, (amounts(2304, 2 * 144)));
  auto with = linear;
  with.insert(with.begin() + 6, tensor({3, 48}));
  EXPECT_EQ(count("onednn::qlinear_pointwise", with, "binary").amount, (amounts(2304, 4 * 144)));
  args const conv{tensor({1, 4, 8, 8}, scalar_type::u8),
                  real,
                  number(0),
                  tensor({6, 2, 3, 3}, scalar_type::i8),
                  tensor({6}),
                  tensor({6}),
                  none,
                  ints{2, 1},
                  ints{1, 1},
                  ints{1, 1},
                  number(2)};
  EXPECT_EQ(count("onednn::qconv_pointwise", conv).amount, (amounts(192 * 18, 192)));
}

}  // namespace
}  // namespace flopwatch::test
