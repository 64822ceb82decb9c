// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/operator/attention_pairs.hpp"
#include "unit/rules/operator/operator_call.hpp"

namespace flopwatch::test {
namespace {

using operator_rules::attended_pairs;
using operator_rules::attention_window;

args sdpa(tensor_arg q, tensor_arg k, tensor_arg v, bool causal = false, operator_arg mask = none,
          double dropout = 0.0) {
  return {std::move(q), std::move(k), std::move(v), std::move(mask), dropout, causal, none, false};
}

constexpr char const* name = "aten::scaled_dot_product_attention";

TEST(attention, full_square_in_both_products) {
  EXPECT_EQ(macs(name, sdpa(tensor({2, 3, 5, 8}), tensor({2, 3, 7, 8}), tensor({2, 3, 7, 4}))),
            6 * 5 * 7 * (8 + 4));
}

TEST(attention, scale_and_softmax_are_other_arithmetic) {
  auto const q = tensor({2, 3, 5, 8});
  auto const k = tensor({2, 3, 7, 8});
  std::int64_t const pairs = 6 * 35;
  std::int64_t const softmax = 6 * 5 * (4 * 7 - 1);
  EXPECT_EQ(flops(name, sdpa(q, k, k)), pairs + softmax);
  EXPECT_EQ(flops(name, sdpa(q, k, k, false, tensor({5, 7}))), 2 * pairs + softmax);
  EXPECT_EQ(flops(name, sdpa(q, k, k, false, tensor({5, 7}, scalar_type::boolean))), pairs + softmax);
  EXPECT_EQ(flops(name, sdpa(q, k, k, false, none, 0.1)), 2 * pairs + softmax);
}

TEST(attention, causal_masks_leave_less_useful_work) {
  auto const causal = [](std::int64_t queries, std::int64_t keys) {
    auto const t = [](std::int64_t n) { return tensor({1, 1, n, 1}); };
    return count(name, sdpa(t(queries), t(keys), t(keys), true)).amount;
  };
  EXPECT_EQ(causal(4, 4).macs, 32);
  EXPECT_EQ(causal(4, 4).useful_macs, 2 * 10);
  EXPECT_EQ(causal(2, 5).useful_macs, 2 * 3) << "aligned top left";
  EXPECT_EQ(causal(5, 2).useful_macs, 2 * (1 + 2 + 2 + 2 + 2));
}

TEST(attention, query_heads_count_when_keys_have_fewer) {
  EXPECT_EQ(macs(name, sdpa(tensor({2, 8, 5, 4}), tensor({2, 2, 5, 4}), tensor({2, 2, 5, 4}))), 16 * 25 * 8);
}

TEST(attention, leading_dimensions_broadcast) {
  EXPECT_EQ(macs(name, sdpa(tensor({5, 4}), tensor({5, 4}), tensor({5, 4}))), 25 * 8);
  EXPECT_EQ(macs(name, sdpa(tensor({2, 3, 5, 4}), tensor({1, 3, 5, 4}), tensor({3, 5, 4}))), 6 * 25 * 8);
}

TEST(attention, empty_calls) {
  EXPECT_EQ(macs(name, sdpa(tensor({0, 3, 5, 8}), tensor({0, 3, 7, 8}), tensor({0, 3, 7, 8}))), 0);
  EXPECT_EQ(flops(name, sdpa(tensor({2, 3, 5, 8}), tensor({2, 3, 0, 8}), tensor({2, 3, 0, 8}), true)), 0);
}

TEST(attention, refuses_shapes_that_do_not_fit) {
  EXPECT_THROW(macs(name, sdpa(tensor({5, 8}), tensor({7, 6}), tensor({7, 8}))), rule_error);
  EXPECT_THROW(macs(name, sdpa(tensor({5, 8}), tensor({7, 8}), tensor({6, 8}))), rule_error);
  EXPECT_THROW(macs(name, sdpa(tensor({2, 3, 5, 8}), tensor({2, 2, 7, 8}), tensor({2, 2, 7, 8}))),
               rule_error);
  EXPECT_THROW(macs(name, sdpa(tensor({8}), tensor({8}), tensor({8}))), rule_error);
}

TEST(attention, kernels_below_give_the_same) {
  auto const q = tensor({2, 3, 5, 8});
  std::int64_t const square = 6 * 25 * 16;
  std::int64_t const half = 6 * 15 * 16;
  auto const expect = [&](char const* kernel, args const& a) {
    auto const w = count(kernel, a).amount;
    EXPECT_EQ(w.macs, square) << kernel;
    EXPECT_EQ(w.useful_macs, half) << kernel;
  };
  expect("aten::_scaled_dot_product_flash_attention_for_cpu", {q, q, q, 0.0, true, none, none});
  expect("aten::_scaled_dot_product_flash_attention", {q, q, q, 0.0, true, false, none});
  expect("aten::_scaled_dot_product_efficient_attention", {q, q, q, none, false, 0.0, true, none});
  expect("aten::_scaled_dot_product_cudnn_attention", {q, q, q, none, false, 0.0, true, false, none});
  expect("aten::_scaled_dot_product_fused_attention_overrideable", {q, q, q, none, 0.0, true, false, none});
  expect("aten::_cudnn_attention_forward",
         {q, q, q, none, none, none, number(5), number(5), false, 0.0, true, false, none});
}

TEST(attention, the_flash_kernel_by_itself_aligns_bottom_right) {
  auto const q = tensor({1, 1, 2, 1});
  auto const k = tensor({1, 1, 5, 1});
  EXPECT_EQ(count("aten::_scaled_dot_product_flash_attention", {q, k, k, 0.0, true, false, none})
                .amount.useful_macs,
            2 * (4 + 5));
  args const scaled{q, k, k, none, none, none, 0.0, true, false, none};
  EXPECT_EQ(count("aten::_scaled_dot_product_flash_attention", scaled, "quantized").amount.useful_macs,
            2 * (4 + 5));
}

args flash_forward(tensor_arg const& q, tensor_arg const& k, operator_arg const& lengths, bool causal,
                   operator_arg const& left = none) {
  return {q, k, k, lengths, lengths, number(5), number(5), 0.0, causal, false, none, left, none, none, none};
}

TEST(flash_forward, heads_come_third_and_masks_align_bottom_right) {
  auto const q = tensor({2, 5, 3, 8});
  auto const k = tensor({2, 7, 3, 8});
  auto const w = count("aten::_flash_attention_forward", flash_forward(q, k, none, true)).amount;
  EXPECT_EQ(w.macs, 6 * 35 * 16);
  EXPECT_EQ(w.useful_macs, 6 * (3 + 4 + 5 + 6 + 7) * 16);
  auto const local =
      count("aten::_flash_attention_forward", flash_forward(q, k, none, true, number(1))).amount;
  EXPECT_EQ(local.useful_macs, 6 * 5 * 2 * 16);
}

TEST(flash_forward, packed_sequences_are_refused) {
  auto const packed = tensor({10, 3, 8});
  EXPECT_THROW(macs("aten::_flash_attention_forward",
                    flash_forward(packed, packed, tensor({3}, scalar_type::i32), false)),
               rule_error);
  EXPECT_THROW(macs("aten::_flash_attention_forward", flash_forward(packed, packed, none, false)),
               rule_error);
}

TEST(flash_forward, keys_in_blocks_of_a_table_are_refused) {
  auto a = flash_forward(tensor({2, 5, 3, 8}), tensor({2, 7, 3, 8}), none, false);
  a.insert(a.end(), {none, none});
  EXPECT_EQ(macs("aten::_flash_attention_forward", a), 6 * 35 * 16);
  a[15] = tensor({2, 1}, scalar_type::i32);
  EXPECT_THROW(macs("aten::_flash_attention_forward", a), rule_error);
  auto const q = tensor({2, 3, 5, 8});
  args b{q, q, q, none, none, none, number(5), number(5), false, 0.0, false, false, none, none, none};
  EXPECT_EQ(macs("aten::_cudnn_attention_forward", b), 6 * 25 * 16);
  b[14] = tensor({2, 1}, scalar_type::i32);
  EXPECT_THROW(macs("aten::_cudnn_attention_forward", b), rule_error);
  b[14] = none;
  b[13] = tensor({2}, scalar_type::i32);
  EXPECT_THROW(macs("aten::_cudnn_attention_forward", b), rule_error);
}

TEST(flash_forward, a_form_writes_into_its_first_argument) {
  auto const q = tensor({2, 5, 3, 8});
  auto a = flash_forward(q, tensor({2, 7, 3, 8}), none, true);
  a.insert(a.begin(), q);
  auto const w = count("aten::_flash_attention_forward_no_dropout_inplace", a).amount;
  EXPECT_EQ(w.macs, 6 * 35 * 16);
  EXPECT_EQ(w.useful_macs, 6 * (3 + 4 + 5 + 6 + 7) * 16);
  auto const cudnn = find_operator("aten::_cudnn_attention_forward_no_dropout_inplace", "");
  EXPECT_EQ(cudnn.treatment, operator_treatment::unknown);
  EXPECT_NE(cudnn.note, "");
}

TEST(efficient_forward, kinds_of_mask) {
  auto const with = [](std::int64_t type) {
    auto const q = tensor({1, 2, 1, 1});
    auto const k = tensor({1, 5, 1, 1});
    return count("aten::_efficient_attention_forward",
                 {q, k, k, none, none, none, none, none, 0.0, type, false, none, none, none})
        .amount.useful_macs;
  };
  EXPECT_EQ(with(0), 20);
  EXPECT_EQ(with(1), 2 * (1 + 2));
  EXPECT_EQ(with(2), 2 * (4 + 5));
  EXPECT_THROW(with(3), rule_error);
}

TEST(attention_backward, five_products) {
  auto const q = tensor({2, 3, 5, 8});
  auto const w = count("aten::_scaled_dot_product_flash_attention_for_cpu_backward",
                       {q, q, q, q, q, tensor({2, 3, 5}), 0.0, true, none, none})
                     .amount;
  EXPECT_EQ(w.macs, 6 * 25 * 5 * 8);
  EXPECT_EQ(w.useful_macs, 6 * 15 * 5 * 8);
  EXPECT_EQ(w.other_flops, 6 * 25 * 6 + 6 * 5 * 15);
}

std::int64_t pairs_one_by_one(std::int64_t queries, std::int64_t keys, attention_window const& w) {
  std::int64_t pairs = 0;
  for (std::int64_t i = 0; i < queries; ++i) {
    for (std::int64_t j = 0; j < keys; ++j) {
      auto const place = i + w.shift;
      if (w.left && j < place - *w.left) continue;
      if (w.right && j > place + *w.right) continue;
      ++pairs;
    }
  }
  return pairs;
}

TEST(attended_pairs, agree_with_going_through_all_pairs) {
  for (std::int64_t queries = 0; queries < 7; ++queries) {
    for (std::int64_t keys = 0; keys < 7; ++keys) {
      for (std::int64_t const shift : {std::int64_t{0}, keys - queries, std::int64_t{3}, std::int64_t{-3}}) {
        for (auto const left : {std::optional<std::int64_t>(), std::optional<std::int64_t>(0),
                                std::optional<std::int64_t>(2)}) {
          for (auto const right : {std::optional<std::int64_t>(), std::optional<std::int64_t>(0),
                                   std::optional<std::int64_t>(3)}) {
            attention_window const w{shift, left, right};
            EXPECT_EQ(attended_pairs(queries, keys, w), pairs_one_by_one(queries, keys, w))
                << queries << ' ' << keys << ' ' << shift << ' ' << left.value_or(-1) << ' '
                << right.value_or(-1);
          }
        }
      }
    }
  }
}

TEST(attended_pairs, long_sequences) {
  std::int64_t const n = 3'000'000'000;
  EXPECT_EQ(attended_pairs(n, n, {.right = 0}), 4'500'000'001'500'000'000);
  EXPECT_THROW((void)attended_pairs(2 * n, 2 * n, {.right = 0}), overflow_error);
}

args flex(operator_arg kept = none) {
  return {tensor({2, 3, 5, 8}), tensor({2, 3, 7, 8}), tensor({2, 3, 7, 4}), std::move(kept)};
}

TEST(flex_attention, full_square_of_which_the_mask_keeps_some) {
  constexpr char const* forward = "higher_order::flex_attention";
  EXPECT_EQ(macs(forward, flex()), 6 * 35 * (8 + 4));
  EXPECT_EQ(count(forward, flex(std::int64_t{100})).amount.useful_macs, 100 * (8 + 4));
  EXPECT_EQ(flops(forward, flex()), flops(name, {tensor({2, 3, 5, 8}), tensor({2, 3, 7, 8}),
                                                 tensor({2, 3, 7, 4}), none, 0.0, false, none, false}));
  EXPECT_THROW(count(forward, flex(std::int64_t{6 * 35 + 1})), rule_error);
}

TEST(flex_attention, backward_has_five_products) {
  EXPECT_EQ(macs("higher_order::flex_attention_backward", flex()), 6 * 35 * (3 * 8 + 2 * 4));
}

}  // namespace
}  // namespace flopwatch::test
