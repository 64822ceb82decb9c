// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/operator/decomposed.hpp"
#include "unit/rules/operator/operator_call.hpp"

namespace flopwatch::test {
namespace {

operator_arg const one = number(1);

TEST(mm, is_the_product_of_the_three_sizes) {
  EXPECT_EQ(macs("aten::mm", {tensor({3, 4}), tensor({4, 5})}), 60);
}

TEST(mm, empty_operands_give_nothing) {
  EXPECT_EQ(macs("aten::mm", {tensor({0, 4}), tensor({4, 5})}), 0);
  EXPECT_EQ(macs("aten::mm", {tensor({3, 0}), tensor({0, 5})}), 0);
}

TEST(mm, the_out_tensor_is_not_read) {
  EXPECT_EQ(macs("aten::mm", {tensor({3, 4}), tensor({4, 5}), tensor({0})}, "out"), 60);
}

TEST(mm, sparse_operands_count_their_stored_elements) {
  for (auto const layout :
       {tensor_layout::sparse_coo, tensor_layout::sparse_csr, tensor_layout::sparse_bsr}) {
    EXPECT_EQ(macs("aten::mm", {sparse({3, 4}, 7, layout), tensor({4, 5})}), 35);
    EXPECT_EQ(macs("aten::mm", {tensor({3, 4}), sparse({4, 5}, 7, layout)}), 21);
  }
  EXPECT_EQ(macs("aten::bmm", {sparse({2, 3, 4}, 7, tensor_layout::sparse_coo), tensor({2, 4, 5})}), 35);
  EXPECT_EQ(macs("aten::mv", {sparse({3, 4}, 7), tensor({4})}), 7);
}

TEST(mm, refuses_what_it_cannot_count) {
  EXPECT_THROW(macs("aten::mm", {sparse({3, 4}, -1), tensor({4, 5})}), rule_error);
  EXPECT_THROW(macs("aten::mm", {tensor({3, 4}), tensor({5, 5})}), rule_error);
  EXPECT_THROW(macs("aten::mm", {tensor({3}), tensor({3, 5})}), rule_error);
  EXPECT_THROW(macs("aten::mm", {tensor({3, -4}), tensor({-4, 5})}), rule_error);
  EXPECT_THROW(macs("aten::bmm", {tensor({2, 3, 4}), tensor({3, 4, 5})}), rule_error);
}

TEST(mm, refuses_missing_undefined_and_nested_operands) {
  tensor_arg const nested{.sizes = {}, .layout = tensor_layout::nested};
  EXPECT_THROW(macs("aten::mm", {}), rule_error);
  EXPECT_THROW(macs("aten::mm", {tensor({3, 4})}), rule_error);
  EXPECT_THROW(macs("aten::mm", {tensor({3, 4}), none}), rule_error);
  EXPECT_THROW(macs("aten::mm", {tensor({3, 4}), undefined()}), rule_error);
  EXPECT_THROW(macs("aten::mm", {tensor({3, 4}), nested}), rule_error);
  EXPECT_THROW(macs("aten::mm", {tensor({3, 4}), tensors({tensor({4, 5})})}), rule_error);
}

TEST(mm, refuses_a_count_beyond64_bits) {
  auto const big = std::int64_t{1} << 31;
  EXPECT_THROW(macs("aten::mm", {tensor({big, big}), tensor({big, big})}), overflow_error);
}

TEST(mm, precision_is_that_of_the_operands) {
  auto const of = [](scalar_type t) { return count("aten::mm", {tensor({2, 2}, t), tensor({2, 2}, t)}); };
  EXPECT_EQ(of(scalar_type::f64).precision, precision::fp64);
  EXPECT_EQ(of(scalar_type::bf16).precision, precision::bf16);
  EXPECT_EQ(of(scalar_type::i64).precision, precision::integer);
  EXPECT_EQ(of(scalar_type::i8).precision, precision::int8);
  EXPECT_EQ(of(scalar_type::quantized).precision, precision::int8);
  EXPECT_EQ(of(scalar_type::i64).amount.macs, 8);
  EXPECT_EQ(of(scalar_type::c64).precision, precision::fp32);
  EXPECT_EQ(of(scalar_type::c64).amount.macs, 32) << "four real products each";
}

TEST(vectors, dot_and_mv) {
  EXPECT_EQ(macs("aten::dot", {tensor({9}), tensor({9})}), 9);
  EXPECT_EQ(macs("aten::vdot", {tensor({9}, scalar_type::c64), tensor({9}, scalar_type::c64)}), 36);
  EXPECT_EQ(macs("aten::mv", {tensor({3, 4}), tensor({4})}), 12);
  EXPECT_EQ(macs("aten::addmv", {tensor({3}), tensor({3, 4}), tensor({4}), one, one}), 12);
  EXPECT_EQ(flops("aten::addmv", {tensor({3}), tensor({3, 4}), tensor({4}), one, one}), 3);
  EXPECT_THROW(macs("aten::dot", {tensor({9}), tensor({8})}), rule_error);
}

TEST(addmm, the_bias_is_one_add_for_each_output) {
  auto const w = count("aten::addmm", {tensor({5}), tensor({3, 4}), tensor({4, 5}), one, one}).amount;
  EXPECT_EQ(w.macs, 60);
  EXPECT_EQ(w.other_flops, 15);
}

TEST(addmm, factors_other_than_one_multiply) {
  auto const with = [](operator_arg const& beta, operator_arg const& alpha) {
    return flops("aten::addmm", {tensor({5}), tensor({3, 4}), tensor({4, 5}), beta, alpha});
  };
  EXPECT_EQ(with(1.0, 2.0), 30);
  EXPECT_EQ(with(0.5, number(1)), 30);
  EXPECT_EQ(with(0.5, 2.0), 45);
  EXPECT_EQ(with(number(0), number(1)), 0) << "beta 0 leaves the bias out";
  EXPECT_EQ(with(number(0), 2.0), 15);
  EXPECT_THROW(with(none, number(1)), rule_error);
  EXPECT_THROW(with(number(1), none), rule_error);
}

TEST(addmm, the_dtype_overload_has_its_factors_later) {
  EXPECT_EQ(flops("aten::addmm", {tensor({5}), tensor({3, 4}), tensor({4, 5}), number(6), one, 2.0}, "dtype"),
            30);
}

TEST(addmm, integers_and_complex_numbers) {
  auto const of = [](scalar_type t) {
    return flops("aten::addmm", {tensor({5}, t), tensor({3, 4}, t), tensor({4, 5}, t), one, one});
  };
  EXPECT_EQ(of(scalar_type::i32), 0);
  EXPECT_EQ(of(scalar_type::c64), 30);
}

TEST(batches, baddbmm_and_addbmm) {
  args const a{tensor({2, 3, 5}), tensor({2, 3, 4}), tensor({2, 4, 5}), one, one};
  EXPECT_EQ(macs("aten::bmm", {tensor({2, 3, 4}), tensor({2, 4, 5})}), 120);
  EXPECT_EQ(macs("aten::baddbmm", a), 120);
  EXPECT_EQ(flops("aten::baddbmm_", a), 30);
  args const sum{tensor({3, 5}), tensor({2, 3, 4}), tensor({2, 4, 5}), one, one};
  EXPECT_EQ(macs("aten::addbmm", sum), 120);
  EXPECT_EQ(flops("aten::addbmm", sum), 15);
  EXPECT_EQ(flops("aten::addbmm", {sum[0], sum[1], sum[2], number(0), 2.0}), 15) << "beta, then alpha";
}

TEST(addr, is_elementwise) {
  args const a{tensor({3, 4}), tensor({3}), tensor({4}), one, one};
  EXPECT_EQ(macs("aten::addr", a), 0);
  EXPECT_EQ(flops("aten::addr", a), 24);
  EXPECT_EQ(find_operator("aten::addr", "").arithmetic, arithmetic::other);
}

TEST(addmm_activation, gelu_counts_and_relu_does_not) {
  auto const with = [](bool gelu) {
    return flops("aten::_addmm_activation", {tensor({5}), tensor({3, 4}), tensor({4, 5}), one, one, gelu});
  };
  EXPECT_EQ(with(false), 15);
  EXPECT_EQ(with(true), 45);
}

TEST(sampled_addmm, only_stored_places_are_computed) {
  args const a{sparse({3, 5}, 6), tensor({3, 4}), tensor({4, 5}), one, one};
  EXPECT_EQ(macs("aten::sparse_sampled_addmm", a), 24);
  EXPECT_EQ(flops("aten::sparse_sampled_addmm", a), 6);
}

TEST(semi_structured, half_of_the_elements_are_stored) {
  EXPECT_EQ(
      macs("aten::_sparse_semi_structured_mm", {tensor({32, 16}), tensor({32, 2}), tensor({32, 8}), none}),
      32 * 16 * 8);
}

TEST(inductor, two_products_and_their_sum) {
  auto const w = count("inductor::_mm_plus_mm",
                       {tensor({3, 4}), tensor({4, 5}), tensor({3, 6}), tensor({6, 5}), tensor({3, 5})});
  EXPECT_EQ(w.amount.macs, 150);
  EXPECT_EQ(w.amount.other_flops, 15);
}

TEST(decomposed_product, one_mac_for_each_element_of_the_broadcast_factors) {
  auto const macs_of = [](tensor_arg a, tensor_arg b) {
    args const both{std::move(a), std::move(b)};
    return operator_rules::decomposed_product({"aten::mm", "", both}).amount.macs;
  };
  EXPECT_EQ(macs_of(tensor({6, 1}), tensor({1, 7})), 42);
  EXPECT_EQ(macs_of(tensor({4, 8}), tensor({8})), 32);
  EXPECT_EQ(macs_of(tensor({2, 3, 4, 1}), tensor({2, 1, 4, 5})), 120);
  EXPECT_EQ(macs_of(tensor({8}, scalar_type::c64), tensor({8}, scalar_type::c64)), 32);
  EXPECT_THROW(macs_of(tensor({4, 8}), tensor({7})), rule_error);
}

TEST(matmul, lists_of_matrices_are_multiplied_in_pairs) {
  auto const lists = tensors({tensor({5, 3}, scalar_type::bf16), tensor({4, 4}, scalar_type::bf16)});
  auto const others = tensors({tensor({3, 7}, scalar_type::bf16), tensor({4, 2}, scalar_type::bf16)});
  auto const work = count("aten::_foreach_mm", {lists, others});
  EXPECT_EQ(work.amount, (flopwatch::work{5 * 3 * 7 + 4 * 4 * 2, 5 * 3 * 7 + 4 * 4 * 2, 0}));
  EXPECT_EQ(work.precision, precision::bf16);
  EXPECT_EQ(find_operator("aten::_foreach_mm", "").arithmetic, arithmetic::multiply_add);
  EXPECT_THROW(macs("aten::_foreach_mm", {lists, tensors({tensor({3, 7})})}), rule_error);
  EXPECT_THROW(macs("aten::_foreach_mm", {lists, lists}), rule_error);
}

TEST(matmul, a_matrix_times_its_transpose) {
  EXPECT_EQ(macs("inductor::quack_symmetric_mm", {tensor({2, 5, 3})}), 2 * 5 * 5 * 3);
  EXPECT_THROW(macs("inductor::quack_symmetric_mm", {tensor({5})}), rule_error);
}

}  // namespace
}  // namespace flopwatch::test
