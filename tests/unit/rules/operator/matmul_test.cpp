// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "unit/rules/operator/operator_call.hpp"

namespace flopwatch::test {
namespace {

operator_arg const one = number(1);

TEST(Mm, IsTheProductOfTheThreeSizes) { EXPECT_EQ(macs("aten::mm", {tensor({3, 4}), tensor({4, 5})}), 60); }

TEST(Mm, EmptyOperandsGiveNothing) {
  EXPECT_EQ(macs("aten::mm", {tensor({0, 4}), tensor({4, 5})}), 0);
  EXPECT_EQ(macs("aten::mm", {tensor({3, 0}), tensor({0, 5})}), 0);
}

TEST(Mm, TheOutTensorIsNotRead) {
  EXPECT_EQ(macs("aten::mm", {tensor({3, 4}), tensor({4, 5}), tensor({0})}, "out"), 60);
}

TEST(Mm, SparseOperandsCountTheirStoredElements) {
  for (auto const layout :
       {tensor_layout::sparse_coo, tensor_layout::sparse_csr, tensor_layout::sparse_bsr}) {
    EXPECT_EQ(macs("aten::mm", {sparse({3, 4}, 7, layout), tensor({4, 5})}), 35);
    EXPECT_EQ(macs("aten::mm", {tensor({3, 4}), sparse({4, 5}, 7, layout)}), 21);
  }
  EXPECT_EQ(macs("aten::bmm", {sparse({2, 3, 4}, 7, tensor_layout::sparse_coo), tensor({2, 4, 5})}), 35);
  EXPECT_EQ(macs("aten::mv", {sparse({3, 4}, 7), tensor({4})}), 7);
}

TEST(Mm, RefusesWhatItCannotCount) {
  EXPECT_THROW(macs("aten::mm", {sparse({3, 4}, 7), sparse({4, 5}, 7)}), rule_error);
  EXPECT_THROW(macs("aten::mm", {sparse({3, 4}, -1), tensor({4, 5})}), rule_error);
  EXPECT_THROW(macs("aten::mm", {tensor({3, 4}), tensor({5, 5})}), rule_error);
  EXPECT_THROW(macs("aten::mm", {tensor({3}), tensor({3, 5})}), rule_error);
  EXPECT_THROW(macs("aten::mm", {tensor({3, -4}), tensor({-4, 5})}), rule_error);
  EXPECT_THROW(macs("aten::bmm", {tensor({2, 3, 4}), tensor({3, 4, 5})}), rule_error);
}

TEST(Mm, RefusesMissingUndefinedAndNestedOperands) {
  tensor_arg const nested{.sizes = {}, .layout = tensor_layout::nested};
  EXPECT_THROW(macs("aten::mm", {}), rule_error);
  EXPECT_THROW(macs("aten::mm", {tensor({3, 4})}), rule_error);
  EXPECT_THROW(macs("aten::mm", {tensor({3, 4}), none}), rule_error);
  EXPECT_THROW(macs("aten::mm", {tensor({3, 4}), undefined()}), rule_error);
  EXPECT_THROW(macs("aten::mm", {tensor({3, 4}), nested}), rule_error);
  EXPECT_THROW(macs("aten::mm", {tensor({3, 4}), tensors({tensor({4, 5})})}), rule_error);
}

TEST(Mm, RefusesACountBeyond64Bits) {
  auto const big = std::int64_t{1} << 31;
  EXPECT_THROW(macs("aten::mm", {tensor({big, big}), tensor({big, big})}), overflow_error);
}

TEST(Mm, PrecisionIsThatOfTheOperands) {
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

TEST(Vectors, DotAndMv) {
  EXPECT_EQ(macs("aten::dot", {tensor({9}), tensor({9})}), 9);
  EXPECT_EQ(macs("aten::vdot", {tensor({9}, scalar_type::c64), tensor({9}, scalar_type::c64)}), 36);
  EXPECT_EQ(macs("aten::mv", {tensor({3, 4}), tensor({4})}), 12);
  EXPECT_EQ(macs("aten::addmv", {tensor({3}), tensor({3, 4}), tensor({4}), one, one}), 12);
  EXPECT_EQ(flops("aten::addmv", {tensor({3}), tensor({3, 4}), tensor({4}), one, one}), 3);
  EXPECT_THROW(macs("aten::dot", {tensor({9}), tensor({8})}), rule_error);
}

TEST(Addmm, TheBiasIsOneAddForEachOutput) {
  auto const w = count("aten::addmm", {tensor({5}), tensor({3, 4}), tensor({4, 5}), one, one}).amount;
  EXPECT_EQ(w.macs, 60);
  EXPECT_EQ(w.other_flops, 15);
}

TEST(Addmm, FactorsOtherThanOneMultiply) {
  auto const with = [](operator_arg const& beta, operator_arg const& alpha) {
    return flops("aten::addmm", {tensor({5}), tensor({3, 4}), tensor({4, 5}), beta, alpha});
  };
  EXPECT_EQ(with(1.0, 2.0), 30);
  EXPECT_EQ(with(0.5, number(1)), 30);
  EXPECT_EQ(with(0.5, 2.0), 45);
  EXPECT_EQ(with(number(0), number(1)), 0) << "beta 0 leaves the bias out";
  EXPECT_EQ(with(number(0), 2.0), 15);
}

TEST(Addmm, TheDtypeOverloadHasItsFactorsLater) {
  EXPECT_EQ(flops("aten::addmm", {tensor({5}), tensor({3, 4}), tensor({4, 5}), number(6), one, 2.0}, "dtype"),
            30);
}

TEST(Addmm, IntegersAndComplexNumbers) {
  auto const of = [](scalar_type t) {
    return flops("aten::addmm", {tensor({5}, t), tensor({3, 4}, t), tensor({4, 5}, t), one, one});
  };
  EXPECT_EQ(of(scalar_type::i32), 0);
  EXPECT_EQ(of(scalar_type::c64), 30);
}

TEST(Batches, BaddbmmAndAddbmm) {
  args const a{tensor({2, 3, 5}), tensor({2, 3, 4}), tensor({2, 4, 5}), one, one};
  EXPECT_EQ(macs("aten::bmm", {tensor({2, 3, 4}), tensor({2, 4, 5})}), 120);
  EXPECT_EQ(macs("aten::baddbmm", a), 120);
  EXPECT_EQ(flops("aten::baddbmm_", a), 30);
  args const sum{tensor({3, 5}), tensor({2, 3, 4}), tensor({2, 4, 5}), one, one};
  EXPECT_EQ(macs("aten::addbmm", sum), 120);
  EXPECT_EQ(flops("aten::addbmm", sum), 15);
}

TEST(Addr, IsElementwise) {
  args const a{tensor({3, 4}), tensor({3}), tensor({4}), one, one};
  EXPECT_EQ(macs("aten::addr", a), 0);
  EXPECT_EQ(flops("aten::addr", a), 24);
  EXPECT_EQ(find_operator("aten::addr", "").arithmetic, arithmetic::other);
}

TEST(AddmmActivation, GeluCountsAndReluDoesNot) {
  auto const with = [](bool gelu) {
    return flops("aten::_addmm_activation", {tensor({5}), tensor({3, 4}), tensor({4, 5}), one, one, gelu});
  };
  EXPECT_EQ(with(false), 15);
  EXPECT_EQ(with(true), 45);
}

TEST(SampledAddmm, OnlyStoredPlacesAreComputed) {
  args const a{sparse({3, 5}, 6), tensor({3, 4}), tensor({4, 5}), one, one};
  EXPECT_EQ(macs("aten::sparse_sampled_addmm", a), 24);
  EXPECT_EQ(flops("aten::sparse_sampled_addmm", a), 6);
}

TEST(SemiStructured, HalfOfTheElementsAreStored) {
  EXPECT_EQ(
      macs("aten::_sparse_semi_structured_mm", {tensor({32, 16}), tensor({32, 2}), tensor({32, 8}), none}),
      32 * 16 * 8);
}

TEST(Inductor, TwoProductsAndTheirSum) {
  auto const w = count("inductor::_mm_plus_mm",
                       {tensor({3, 4}), tensor({4, 5}), tensor({3, 6}), tensor({6, 5}), tensor({3, 5})});
  EXPECT_EQ(w.amount.macs, 150);
  EXPECT_EQ(w.amount.other_flops, 15);
}

}  // namespace
}  // namespace flopwatch::test
