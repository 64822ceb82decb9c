// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/thop/recurrent.hpp"

#include <gtest/gtest.h>

#include "unit/rules/thop/calls.hpp"

namespace flopwatch::thop {
namespace {

using enum recurrent_kind;
using test::call_of;

// 5 steps of 2 sequences, 3 features in, 4 out.
module_call const sequence = call_of({5, 2, 3}, {5, 2, 4});

recurrent_layers stack_of(recurrent_kind kind, std::int64_t layers = 1, bool bidirectional = false,
                          bool bias = true) {
  return {.first = {.kind = kind, .input_size = 3, .hidden_size = 4, .bias = bias},
          .layers = layers,
          .bidirectional = bidirectional};
}

TEST(thop_recurrent, counts_one_layer) {
  EXPECT_EQ(recurrent_macs(sequence, stack_of(rnn)), 400);
  EXPECT_EQ(recurrent_macs(sequence, stack_of(gru)), 1360);
  EXPECT_EQ(recurrent_macs(sequence, stack_of(lstm)), 1760);
  EXPECT_EQ(recurrent_macs(sequence, stack_of(lstm, 1, false, false)), 1440);
}

TEST(thop_recurrent, later_layers_read_the_hidden_state_of_every_direction) {
  EXPECT_EQ(recurrent_macs(sequence, stack_of(lstm, 2, true)), 8640);
  EXPECT_EQ(recurrent_macs(sequence, stack_of(rnn, 2, true)), 2000);
  EXPECT_EQ(recurrent_macs(sequence, stack_of(gru, 2, false, false)), 2360);
  // One layer: 4*(3+4) + 12 = 40 a step; each of the two above: 4*(4+4) + 12 = 44.
  EXPECT_EQ(recurrent_macs(sequence, stack_of(rnn, 3)), 10 * (40 + 2 * 44));
}

TEST(thop_recurrent, takes_the_same_for_batch_first) {
  EXPECT_EQ(recurrent_macs(call_of({2, 5, 3}, {2, 5, 4}), stack_of(gru)), 1360);
}

TEST(thop_recurrent, misreads_an_input_without_batch) {
  EXPECT_EQ(recurrent_macs(call_of({5, 3}, {5, 4}), stack_of(rnn)), 5 * 3 * 40);
}

TEST(thop_recurrent, counts_packed_sequences_as_long_as_the_longest) {
  // Lengths 5 and 2: 7 steps in all would be 1232.
  auto call = call_of({7, 3}, {7, 4});
  call.packed = {.max_batch = 2, .steps = 5};
  EXPECT_EQ(recurrent_macs(call, stack_of(lstm)), 1760);
  call.packed = {.max_batch = 3, .steps = 5};
  EXPECT_EQ(recurrent_macs(call, stack_of(lstm)), 2640);
}

TEST(thop_recurrent, refuses_what_it_cannot_count) {
  EXPECT_THROW((void)recurrent_macs({}, stack_of(rnn)), rule_error);
  EXPECT_THROW((void)recurrent_macs(call_of({3}, {4}), stack_of(rnn)), rule_error);
  EXPECT_THROW((void)recurrent_macs(call_of({test::largest / 2, 2, 3}, {}), stack_of(rnn)), overflow_error);
  EXPECT_THROW((void)recurrent_macs(sequence, stack_of(rnn, test::largest)), overflow_error);
}

TEST(thop_cell, counts_one_step_of_each_batch_element) {
  auto const call = call_of({2, 3}, {2, 4});
  auto const cell = [](recurrent_kind kind, bool bias = true) {
    return recurrent_cell{.kind = kind, .input_size = 3, .hidden_size = 4, .bias = bias};
  };
  EXPECT_EQ(cell_macs(call, cell(rnn)), 80);
  EXPECT_EQ(cell_macs(call, cell(gru)), 272);
  EXPECT_EQ(cell_macs(call, cell(lstm)), 352);
  EXPECT_EQ(cell_macs(call, cell(lstm, false)), 288);
  EXPECT_EQ(step_macs(cell(gru, false)), 3 * 32 + 16);
}

TEST(thop_cell, misreads_an_input_without_batch) {
  EXPECT_EQ(cell_macs(call_of({3}, {4}), {.kind = rnn, .input_size = 3, .hidden_size = 4}), 3 * 40);
}

TEST(thop_cell, refuses_what_it_cannot_count) {
  recurrent_cell const huge{.kind = lstm, .input_size = test::largest, .hidden_size = 4};
  EXPECT_THROW((void)step_macs(huge), overflow_error);
  EXPECT_THROW((void)cell_macs(call_of({}, {}), {.kind = rnn, .input_size = 3, .hidden_size = 4}),
               rule_error);
  EXPECT_THROW((void)cell_macs({}, {}), rule_error);
}

}  // namespace
}  // namespace flopwatch::thop
