// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "unit/rules/operator/operator_call.hpp"

namespace flopwatch::test {
namespace {

/// w_ih, w_hh, b_ih, b_hh of one layer in one direction.
std::vector<tensor_arg> cell(std::int64_t gates, std::int64_t input, std::int64_t hidden) {
  return {tensor({gates * hidden, input}), tensor({gates * hidden, hidden}), tensor({gates * hidden}),
          tensor({gates * hidden})};
}

args sequence(std::vector<tensor_arg> weights, std::int64_t layers = 1, bool bidirectional = false) {
  return {tensor({5, 2, 3}),
          tensors({tensor({1, 2, 4})}),
          std::move(weights),
          true,
          layers,
          0.0,
          false,
          bidirectional,
          false};
}

TEST(lstm, every_step_meets_every_weight) {
  auto const w = count("aten::lstm", sequence(cell(4, 3, 4)), "input").amount;
  EXPECT_EQ(w.macs, 10 * 16 * (3 + 4));
  EXPECT_EQ(w.other_flops, 10 * (3 * 16 + 9 * 4))
      << "the sum of both parts, two biases, nine for each element";
}

TEST(lstm, layers_and_directions) {
  std::vector<tensor_arg> weights;
  for (std::int64_t const input : {3, 3, 8, 8}) {
    for (auto const& t : cell(4, input, 4)) weights.push_back(t);
  }
  EXPECT_EQ(macs("aten::lstm", sequence(weights, 2, true), "input"), 10 * 2 * 16 * (7 + 12));
}

TEST(lstm, a_projection_is_another_product) {
  std::vector<tensor_arg> const weights{tensor({16, 3}), tensor({16, 2}), tensor({16}), tensor({16}),
                                        tensor({2, 4})};
  EXPECT_EQ(macs("aten::lstm", sequence(weights), "input"), 10 * (48 + 32 + 8));
}

TEST(gru_and_rnn, gates_and_pointwise_work) {
  auto const flops_of = [](char const* name, std::int64_t gates) {
    auto a = sequence(cell(gates, 3, 4));
    return flops(name, a, "input");
  };
  EXPECT_EQ(macs("aten::gru", sequence(cell(3, 3, 4)), "input"), 10 * 12 * 7);
  EXPECT_EQ(flops_of("aten::gru", 3), 10 * (3 * 12 + 7 * 4));
  EXPECT_EQ(flops_of("aten::rnn_tanh", 1), 10 * (3 * 4 + 4));
  EXPECT_EQ(flops_of("aten::rnn_relu", 1), 10 * 3 * 4);
}

TEST(lstm, packed_sequences_count_their_rows) {
  args const a{tensor({8, 3}),
               tensor({5}, scalar_type::i64),
               tensors({tensor({1, 2, 4}), tensor({1, 2, 4})}),
               cell(4, 3, 4),
               true,
               number(1),
               0.0,
               false,
               false};
  EXPECT_EQ(macs("aten::lstm", a, "data"), 8 * 16 * 7);
}

TEST(lstm, refuses_weights_that_do_not_fit) {
  auto weights = cell(4, 3, 4);
  EXPECT_THROW(macs("aten::lstm", sequence({}), "input"), rule_error);
  EXPECT_THROW(macs("aten::lstm", sequence(weights, 0), "input"), rule_error);
  weights[1] = undefined();
  EXPECT_THROW(macs("aten::lstm", sequence(weights), "input"), rule_error);
  EXPECT_THROW(macs("aten::lstm", {tensor({5, 2, 3})}, "input"), rule_error);
}

TEST(libraries, give_the_same_as_the_operator_above) {
  auto const above = count("aten::lstm", sequence(cell(4, 3, 4)), "input").amount;
  auto const state = tensor({1, 2, 4});
  auto const cudnn =
      count("aten::_cudnn_rnn", {tensor({5, 2, 3}), cell(4, 3, 4), number(4), none, state, state, number(2),
                                 number(4), number(0), number(1), false, 0.0, false, false, ints{}, none})
          .amount;
  EXPECT_EQ(cudnn, above);
  auto const w = cell(4, 3, 4);
  auto const mkldnn =
      count("aten::mkldnn_rnn_layer", {tensor({5, 2, 3}), w[0], w[1], w[2], w[3], state, state, false, ints{},
                                       number(2), number(4), number(1), true, false, false, false})
          .amount;
  EXPECT_EQ(mkldnn, above);
}

TEST(libraries, cudnn_backward) {
  auto const state = tensor({1, 2, 4});
  auto const with = [&](std::int64_t of_weights) {
    return count("aten::_cudnn_rnn_backward", {tensor({5, 2, 3}),
                                               cell(4, 3, 4),
                                               number(4),
                                               tensor({1}),
                                               state,
                                               state,
                                               tensor({5, 2, 4}),
                                               none,
                                               none,
                                               none,
                                               number(2),
                                               number(4),
                                               number(0),
                                               number(1),
                                               false,
                                               0.0,
                                               true,
                                               false,
                                               ints{},
                                               none,
                                               tensor({1}),
                                               ints{1, 1, 1, of_weights}})
        .amount;
  };
  EXPECT_EQ(with(1).macs, 2 * 1120);
  EXPECT_EQ(with(1).other_flops, 10 * 4 * 23 + 9 * 32);
  EXPECT_EQ(with(0), (work{1120, 1120, 920}));
}

TEST(cells, one_step) {
  auto const w = cell(4, 3, 4);
  auto const state = tensor({2, 4});
  auto const lstm =
      count("aten::lstm_cell", {tensor({2, 3}), tensors({state, state}), w[0], w[1], w[2], w[3]}).amount;
  EXPECT_EQ(lstm.macs, 2 * 16 * 7);
  EXPECT_EQ(lstm.other_flops, 2 * (3 * 16 + 9 * 4));
  auto const g = cell(3, 3, 4);
  EXPECT_EQ(flops("aten::gru_cell", {tensor({3}), tensor({4}), g[0], g[1], none, none}), 12 + 7 * 4);
}

TEST(cells, fused_cells_have_their_products_behind_them) {
  auto const gates = tensor({2, 16});
  EXPECT_EQ(flops("aten::_thnn_fused_lstm_cell", {gates, gates, tensor({2, 4}), tensor({16}), tensor({16})}),
            3 * 32 + 9 * 8);
  auto const gru = tensor({2, 12});
  EXPECT_EQ(flops("aten::_thnn_fused_gru_cell", {gru, gru, tensor({2, 4}), none, none}), 24 + 7 * 8);
  EXPECT_EQ(flops("aten::_thnn_fused_lstm_cell_backward_impl",
                  {tensor({2, 4}), none, tensor({2, 4}), tensor({2, 4}), gates, true}),
            8 * 23 + 16);
}

}  // namespace
}  // namespace flopwatch::test
