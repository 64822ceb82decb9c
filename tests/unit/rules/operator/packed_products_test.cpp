// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "unit/rules/operator/operator_call.hpp"

namespace flopwatch::test {
namespace {

TEST(packed_products, four_bit_weights_take_their_width_from_the_scales) {
  // [3,16] x [16,48] in groups of 8: each of 768 weights is multiplied and added to once.
  args const a{tensor({3, 16}, scalar_type::bf16), tensor({48, 8}, scalar_type::u8), number(8),
               tensor({2, 48, 2}, scalar_type::bf16)};
  auto const result = count("aten::_weight_int4pack_mm_for_cpu", a);
  EXPECT_EQ(result.amount.macs, 3 * 16 * 48);
  EXPECT_EQ(result.amount.other_flops, 2 * 768);
  EXPECT_EQ(result.precision, precision::bf16);
  // The input is quantized (2 each), results are scaled.
  auto const dynamic = count("aten::_dyn_quant_matmul_4bit", {tensor({3, 16}), tensor({999}, scalar_type::u8),
                                                              number(8), number(16), number(48)});
  EXPECT_EQ(dynamic.amount, (work{2304, 2304, 96 + 144}));
  EXPECT_EQ(dynamic.precision, precision::int8);
}

TEST(packed_products, mixed_types_and_half_precision) {
  EXPECT_EQ(count("aten::_mixed_dtypes_linear",
                  {tensor({3, 16}, scalar_type::f16), tensor({16, 24}, scalar_type::u8),
                   tensor({48}, scalar_type::f16), tensor({48}, scalar_type::f16), none})
                .amount,
            (work{2304, 2304, 2 * 144}));
  EXPECT_EQ(count("aten::fbgemm_linear_fp16_weight", {tensor({3, 16}), tensor({1}), tensor({48})}).amount,
            (work{2304, 2304, 144}));
  EXPECT_EQ(
      count("aten::fbgemm_linear_int8_weight", {tensor({3, 16}), tensor({48, 16}, scalar_type::i8),
                                                tensor({1}), tensor({1}), number(1), number(0), tensor({48})})
          .amount,
      (work{2304, 2304, 2 * 144 + 2 * 48}));
}

TEST(packed_products, two_of_four_elements_are_stored) {
  // [64,128] takes 9/16 of 8192 elements of 2 bytes, 10/16 of 1 byte.
  auto const cslt = [](std::int64_t stored, scalar_type t) {
    return count("aten::_cslt_sparse_mm", {tensor({stored}, t), tensor({128, 32}, t), none, none})
        .amount.macs;
  };
  EXPECT_EQ(cslt(8192 * 9 / 16, scalar_type::f16), 64 * 64 * 32);
  EXPECT_EQ(cslt(8192 * 10 / 16, scalar_type::i8), 64 * 64 * 32);
  EXPECT_EQ(macs("aten::_sparse_semi_structured_linear",
                 {tensor({2, 3, 128}), tensor({64, 64}), tensor({64, 8}), none, none, none}),
            6 * 64 * 64);
  EXPECT_EQ(count("aten::_sparse_semi_structured_addmm",
                  {tensor({64}), tensor({64, 64}), tensor({64, 8}), tensor({128, 32}), number(1), number(1)})
                .amount,
            (work{64 * 64 * 32, 64 * 64 * 32, 64 * 32}));
}

TEST(grouped_products, scales_of_rows_multiply_the_results) {
  constexpr auto f8 = scalar_type::f8;
  auto const with = [](tensor_arg const& a, tensor_arg const& b, tensor_arg const& scale,
                       operator_arg const& ends) {
    return count("aten::_scaled_grouped_mm", {a, b, scale, scale, ends, none, none, none, false}).amount;
  };
  EXPECT_EQ(with(tensor({12, 8}, f8), tensor({3, 8, 5}, f8), tensor({12}), tensor({3})),
            (work{480, 480, 2 * 60}));
  // Slices of K: three results of their own.
  EXPECT_EQ(with(tensor({4, 12}, f8), tensor({12, 5}, f8), tensor({12}), tensor({3})),
            (work{240, 240, 2 * 3 * 20}));
  EXPECT_EQ(with(tensor({12, 8}, f8), tensor({3, 8, 5}, f8), tensor({12}, f8), tensor({3})).other_flops, 0);
}

TEST(sparse_products, two_sparse_operands_are_estimated) {
  // Each of 10 columns has 2 stored elements, each of 10 rows 4.
  args const a{sparse({5, 10}, 20), sparse({10, 8}, 40)};
  auto const work = count("aten::mm", a);
  EXPECT_EQ(work.amount.macs, 80);
  EXPECT_NE(work.note, "");
  EXPECT_EQ(macs("aten::_sparse_sparse_matmul", a), 80);
  EXPECT_EQ(count("aten::mm", {sparse({5, 10}, 20), tensor({10, 8})}).note, "");
}

TEST(sparse_products, reductions_and_stored_elements) {
  EXPECT_EQ(macs("aten::_sparse_mm_reduce_impl", {sparse({5, 10}, 20), tensor({10, 8}), word}), 160);
  EXPECT_EQ(macs("aten::_sparse_mm_reduce_impl_backward",
                 {sparse({5, 10}, 20), tensor({5, 8}), tensor({10, 8}), word, none, ints{1, 1}}),
            320);
  EXPECT_EQ(flops("aten::_coalesce", {sparse({5, 10}, 20, tensor_layout::sparse_coo)}), 20);
}

}  // namespace
}  // namespace flopwatch::test
