// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "unit/rules/operator/operator_call.hpp"

namespace flopwatch::test {
namespace {

TEST(linear, every_row_meets_every_weight) {
  args const a{tensor({2, 10, 16}), tensor({48, 16}), tensor({48})};
  EXPECT_EQ(macs("aten::linear", a), 15360);
  EXPECT_EQ(flops("aten::linear", a), 960);
  EXPECT_EQ(macs("aten::mkldnn_linear", a), 15360);
  EXPECT_EQ(flops("aten::linear", {tensor({2, 10, 16}), tensor({48, 16}), none}), 0);
}

TEST(linear, one_dimensional_operands) {
  EXPECT_EQ(macs("aten::linear", {tensor({16}), tensor({48, 16}), none}), 768);
  EXPECT_EQ(macs("aten::linear", {tensor({3, 16}), tensor({16}), none}), 48);
  EXPECT_EQ(flops("aten::linear", {tensor({3, 16}), tensor({16}), tensor({})}), 3);
}

TEST(linear, empty_and_wrong_operands) {
  EXPECT_EQ(macs("aten::linear", {tensor({0, 16}), tensor({48, 16}), tensor({48})}), 0);
  EXPECT_THROW(macs("aten::linear", {tensor({2, 15}), tensor({48, 16}), none}), rule_error);
  EXPECT_THROW(macs("aten::linear", {tensor({}), tensor({48, 16}), none}), rule_error);
  EXPECT_THROW(macs("aten::linear", {tensor({2, 16}), tensor({48, 16})}), rule_error);
}

TEST(linear, a_sparse_weight_counts_its_stored_elements) {
  EXPECT_EQ(macs("aten::linear", {tensor({2, 10, 16}), sparse({48, 16}, 100), none}), 2000);
}

TEST(linear, library_forms) {
  EXPECT_EQ(
      macs("mkldnn::_linear_pointwise", {tensor({2, 16}), tensor({48, 16}), tensor({48}), word, word, none}),
      1536);
  args const binary{tensor({2, 16}), tensor({2, 48}), tensor({48, 16}), tensor({48}), word};
  EXPECT_EQ(macs("mkldnn::_linear_pointwise", binary, "binary"), 1536);
  EXPECT_EQ(flops("mkldnn::_linear_pointwise", binary, "binary"), 192);
  EXPECT_EQ(macs("mkl::_mkl_linear", {tensor({2, 16}), tensor({1}), tensor({48, 16}), none, number(2)}),
            1536);
}

TEST(linear_backward, one_product_for_each_gradient) {
  auto const with = [](ints mask) {
    return count("aten::linear_backward",
                 {tensor({2, 16}), tensor({2, 48}), tensor({48, 16}), list(std::move(mask))})
        .amount;
  };
  EXPECT_EQ(with({1, 1, 1}).macs, 2 * 1536);
  EXPECT_EQ(with({1, 1, 1}).other_flops, 48);
  EXPECT_EQ(with({0, 1, 0}), (work{1536, 1536, 0}));
}

TEST(linear_backward, refuses_a_gradient_that_does_not_fit) {
  EXPECT_THROW(
      macs("aten::linear_backward", {tensor({2, 16}), tensor({2, 47}), tensor({48, 16}), ints{1, 1, 1}}),
      rule_error);
}

TEST(scaled_mm, scales_multiply_the_outputs) {
  auto const with = [](tensor_arg const& sa, tensor_arg const& sb, operator_arg const& bias) {
    return count("aten::_scaled_mm", {tensor({32, 64}, scalar_type::f8), tensor({64, 16}, scalar_type::f8),
                                      sa, sb, bias, none, none, false});
  };
  auto const whole = with(tensor({}), tensor({}), none);
  EXPECT_EQ(whole.amount.macs, 32 * 64 * 16);
  EXPECT_EQ(whole.amount.other_flops, 512);
  EXPECT_EQ(whole.precision, precision::fp8);
  EXPECT_EQ(with(tensor({32, 1}), tensor({1, 16}), tensor({16})).amount.other_flops, 3 * 512);
  EXPECT_EQ(with(tensor({32, 2}), tensor({2, 16}), none).amount.other_flops, 0) << "scales of blocks";
}

TEST(scaled_mm, two_numbers_of_4_bits_lie_in_one_element) {
  auto const f4 = [](ints sizes) { return tensor(std::move(sizes), scalar_type::f4); };
  auto const f8 = [](ints sizes) { return tensor(std::move(sizes), scalar_type::f8); };
  auto const of_blocks =
      count("aten::_scaled_mm", {f4({32, 64}), f4({64, 16}), f8({256}), f8({128}), none, none, none, false});
  EXPECT_EQ(of_blocks.amount, (work{32 * 128 * 16, 32 * 128 * 16, 0}));
  EXPECT_EQ(of_blocks.precision, precision::fp4);
  EXPECT_EQ(macs("aten::_scaled_grouped_mm",
                 {f4({3, 4, 8}), f4({3, 8, 5}), f8({3, 16}), f8({3, 20}), none, none, none, none, false}),
            3 * 4 * 16 * 5);
}

TEST(scaled_addmm, a_scaled_product_with_beta_and_alpha) {
  auto const with = [](operator_arg beta, operator_arg alpha) {
    auto const f8 = [](ints sizes) { return tensor(std::move(sizes), scalar_type::f8); };
    args const a{tensor({32, 16}, scalar_type::bf16),
                 f8({32, 64}),
                 f8({64, 16}),
                 tensors({tensor({32, 1})}),
                 ints{1},
                 ints{0},
                 tensors({tensor({1, 16})}),
                 ints{1},
                 ints{0},
                 ints{},
                 std::move(beta),
                 std::move(alpha),
                 false};
    EXPECT_EQ(macs("aten::_scaled_addmm", a), 32 * 64 * 16);
    EXPECT_EQ(count("aten::_scaled_addmm_", a).precision, precision::fp8);
    return flops("aten::_scaled_addmm", a);
  };
  // Scales of rows and columns, 2 for each result; then the sum, beta, alpha.
  EXPECT_EQ(with(number(0), number(1)), 2 * 512);
  EXPECT_EQ(with(number(1), number(1)), 3 * 512);
  EXPECT_EQ(with(0.5, 0.25), 5 * 512);
  EXPECT_THROW(with(none, number(1)), rule_error);
}

TEST(grouped_mm, every_row_belongs_to_one_group) {
  EXPECT_EQ(macs("aten::_grouped_mm", {tensor({12, 8}), tensor({3, 8, 5}), tensor({3}), none, none}),
            12 * 8 * 5);
  EXPECT_EQ(macs("aten::_grouped_mm", {tensor({3, 4, 8}), tensor({3, 8, 5}), none, none, none}),
            3 * 4 * 8 * 5);
}

TEST(int8_weights, each_output_is_scaled) {
  args const a{tensor({2, 16}, scalar_type::bf16), tensor({48, 16}, scalar_type::i8),
               tensor({48}, scalar_type::bf16)};
  EXPECT_EQ(macs("aten::_weight_int8pack_mm", a), 1536);
  EXPECT_EQ(flops("aten::_weight_int8pack_mm", a), 96);
}

}  // namespace
}  // namespace flopwatch::test
