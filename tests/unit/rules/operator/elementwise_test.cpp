// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "unit/rules/operator/operator_call.hpp"

namespace flopwatch::test {
namespace {

operator_arg const one = number(1);

TEST(elementwise, operands_broadcast) {
  EXPECT_EQ(flops("aten::mul", {tensor({4, 1, 3}), tensor({5, 1})}, "Tensor"), 60);
  EXPECT_EQ(flops("aten::mul", {tensor({4, 3}), 2.0}, "Scalar"), 12);
  EXPECT_EQ(flops("aten::mul", {tensor({0, 3}), tensor({3})}, "Tensor"), 0);
  EXPECT_THROW(flops("aten::mul", {tensor({4, 3}), tensor({4})}, "Tensor"), rule_error);
}

TEST(elementwise, in_place_and_out_forms_share_the_rule) {
  EXPECT_EQ(flops("aten::sqrt_", {tensor({7})}), 7);
  EXPECT_EQ(flops("aten::mul", {tensor({4, 3}), tensor({3}), tensor({0})}, "out"), 12);
}

TEST(elementwise, alpha_costs_a_multiply) {
  EXPECT_EQ(flops("aten::add", {tensor({6}), tensor({6}), one}, "Tensor"), 6);
  EXPECT_EQ(flops("aten::add", {tensor({6}), tensor({6}), 0.5}, "Tensor"), 12);
  EXPECT_EQ(flops("aten::sub_", {tensor({6}), number(2), number(3)}, "Scalar"), 12);
}

TEST(elementwise, integers_count_nothing_unless_they_become_real) {
  auto const i = tensor({6}, scalar_type::i64);
  EXPECT_EQ(flops("aten::add", {i, i, one}), 0);
  EXPECT_EQ(flops("aten::mul", {tensor({6}, scalar_type::boolean), i}), 0);
  EXPECT_EQ(flops("aten::mul", {i, 0.5}), 6);
  EXPECT_EQ(flops("aten::sqrt", {i}), 6);
  EXPECT_EQ(flops("aten::div", {i, i}, "Tensor"), 6);
  EXPECT_EQ(flops("aten::div", {i, i, word}, "Tensor_mode"), 0);
  EXPECT_EQ(flops("aten::div", {i, i, none}, "Tensor_mode"), 6);
  EXPECT_EQ(count("aten::sqrt", {i}).precision, precision::fp32);
  EXPECT_EQ(count("aten::add", {i, i, one}).precision, precision::integer);
}

TEST(elementwise, mixed_formats_promote) {
  auto const of = [](scalar_type a, scalar_type b) {
    return count("aten::mul", {tensor({2}, a), tensor({2}, b)}).precision;
  };
  EXPECT_EQ(of(scalar_type::f16, scalar_type::f32), precision::fp32);
  EXPECT_EQ(of(scalar_type::f16, scalar_type::bf16), precision::fp32);
  EXPECT_EQ(of(scalar_type::bf16, scalar_type::i64), precision::bf16);
  EXPECT_EQ(of(scalar_type::f64, scalar_type::f32), precision::fp64);
  EXPECT_EQ(of(scalar_type::c64, scalar_type::f64), precision::fp64);
}

TEST(elementwise, numbers_and_tensors_without_dimensions_yield) {
  auto const half = tensor({2}, scalar_type::f16);
  EXPECT_EQ(count("aten::mul", {half, 2.0}).precision, precision::fp16);
  EXPECT_EQ(count("aten::mul", {half, tensor({}, scalar_type::f64)}).precision, precision::fp16);
  EXPECT_EQ(count("aten::mul", {tensor({2}, scalar_type::i64), 2.5}).precision, precision::fp32);
  EXPECT_EQ(count("aten::mul", {tensor({2}, scalar_type::i64), tensor({}, scalar_type::f16)}).precision,
            precision::fp16);
}

TEST(elementwise, complex_arithmetic) {
  auto const z = tensor({5}, scalar_type::c64);
  EXPECT_EQ(flops("aten::add", {z, z, one}), 10);
  EXPECT_EQ(flops("aten::mul", {z, z}), 30);
  EXPECT_EQ(flops("aten::div", {z, z}), 55);
  EXPECT_EQ(flops("aten::abs", {z}), 20);
  EXPECT_EQ(flops("aten::abs", {tensor({5})}), 0);
  EXPECT_THROW(flops("aten::exp", {z}), rule_error);
}

TEST(elementwise, sparse_operands) {
  EXPECT_EQ(flops("aten::mul", {sparse({10, 10}, 7), 2.0}), 7);
  EXPECT_EQ(flops("aten::sqrt", {sparse({10, 10}, 7)}), 7);
  EXPECT_THROW(flops("aten::mul", {sparse({10, 10}, 7), tensor({10})}), rule_error);
}

TEST(elementwise, refuses_what_it_cannot_read) {
  EXPECT_THROW(flops("aten::mul", {tensor({3}), word}), rule_error);
  EXPECT_THROW(flops("aten::mul", {tensor({3}), undefined()}), rule_error);
  EXPECT_THROW(flops("aten::mul", {tensor({3})}), rule_error);
  EXPECT_THROW(flops("aten::mul", {2.0, 3.0}), rule_error);
  EXPECT_THROW(flops("aten::mul", {tensor({3}, scalar_type::other), 2.0}), rule_error);
}

TEST(elementwise, activations) {
  args const x{tensor({10})};
  EXPECT_EQ(flops("aten::sigmoid", x), 10);
  EXPECT_EQ(flops("aten::silu", x), 20);
  EXPECT_EQ(flops("aten::gelu", {tensor({10}), word}), 20);
  EXPECT_EQ(flops("aten::mish", x), 40);
  EXPECT_EQ(flops("aten::hardswish", x), 30);
  EXPECT_EQ(flops("aten::hardsigmoid", x), 20);
  EXPECT_EQ(flops("aten::leaky_relu_", {tensor({10}), 0.1}), 10);
  EXPECT_EQ(flops("aten::elu", {tensor({10}), one, one, one}), 20);
  EXPECT_EQ(flops("aten::elu", {tensor({10}), 1.67, 1.05, one}), 30);
  EXPECT_EQ(flops("aten::softplus", {tensor({10}), one, number(20)}), 20);
  EXPECT_EQ(flops("aten::softplus", {tensor({10}), number(2), number(20)}), 40);
  EXPECT_EQ(flops("aten::glu", {tensor({4, 10}), number(-1)}), 40);
  EXPECT_THROW(flops("aten::glu", {tensor({4, 9}), number(-1)}), rule_error);
}

TEST(elementwise, fused_factors) {
  auto const t = tensor({8});
  EXPECT_EQ(flops("aten::addcmul", {t, t, t, one}), 16);
  EXPECT_EQ(flops("aten::addcdiv_", {t, t, t, 0.1}), 24);
  EXPECT_EQ(flops("aten::lerp", {t, t, 0.1}, "Scalar"), 24);
}

TEST(elementwise, dropout) {
  EXPECT_EQ(flops("aten::native_dropout", {tensor({8}), 0.1, true}), 8);
  EXPECT_EQ(flops("aten::native_dropout", {tensor({8}), 0.1, none}), 8);
  EXPECT_EQ(flops("aten::native_dropout", {tensor({8}), 0.1, false}), 0);
}

TEST(elementwise, gradients) {
  auto const t = tensor({8});
  EXPECT_EQ(flops("aten::tanh_backward", {t, t}), 24);
  EXPECT_EQ(flops("aten::silu_backward", {t, t}), 48);
  EXPECT_EQ(flops("aten::gelu_backward", {t, t, word}), 64);
}

TEST(elementwise, counts_beyond64_bits_are_refused) {
  auto const big = std::int64_t{1} << 62;
  EXPECT_THROW(flops("aten::silu", {tensor({big})}), overflow_error);
}

TEST(foreach, sums_over_the_tensors) {
  auto const lists = tensors({tensor({3}), tensor({2, 2})});
  EXPECT_EQ(flops("aten::_foreach_add_", {lists, lists, one}, "List"), 7);
  EXPECT_EQ(flops("aten::_foreach_add_", {lists, lists, 0.5}, "List"), 14);
  EXPECT_EQ(flops("aten::_foreach_add", {lists, 0.5}, "Scalar"), 7);
  EXPECT_EQ(flops("aten::_foreach_sqrt", {lists}), 7);
  EXPECT_EQ(flops("aten::_foreach_addcdiv_", {lists, lists, lists, word}, "ScalarList"), 21);
  EXPECT_EQ(flops("aten::_foreach_addcmul_", {lists, lists, lists, one}, "Scalar"), 14);
  EXPECT_EQ(flops("aten::_foreach_norm", {lists, number(2), none}, "Scalar"), 14);
  EXPECT_EQ(flops("aten::_foreach_sqrt", {tensors({})}), 0);
  EXPECT_THROW(flops("aten::_foreach_add_", {lists, tensors({tensor({3})}), one}, "List"), rule_error);
  EXPECT_THROW(flops("aten::_foreach_sqrt", {tensors({undefined()})}), rule_error);
}

TEST(foreach, a_list_of_numbers_keeps_the_format) {
  auto const lists = tensors({tensor({3}, scalar_type::bf16)});
  EXPECT_EQ(count("aten::_foreach_mul_", {lists, word}, "ScalarList").precision, precision::bf16);
}

TEST(optimizers, flops_for_each_parameter) {
  auto const p = tensors({tensor({10}), tensor({5})});
  auto const adam = [&](char const* name, double decay) {
    return flops(name, {p, p, p, p, tensors({}), p, 0.1, 0.9, 0.99, decay, 1e-8, false, false, none, none});
  };
  EXPECT_EQ(adam("aten::_fused_adam_", 0.0), 15 * 13);
  EXPECT_EQ(adam("aten::_fused_adam_", 0.1), 15 * 15);
  EXPECT_EQ(adam("aten::_fused_adamw_", 0.1), 15 * 14);
  auto const sgd = [&](double momentum, bool nesterov, bool first) {
    return flops("aten::_fused_sgd_", {p, p, p, 0.0, momentum, 0.1, 0.0, nesterov, false, first, none, none});
  };
  EXPECT_EQ(sgd(0.0, false, false), 15 * 2);
  EXPECT_EQ(sgd(0.9, false, true), 15 * 2);
  EXPECT_EQ(sgd(0.9, true, false), 15 * 6);
}

}  // namespace
}  // namespace flopwatch::test
