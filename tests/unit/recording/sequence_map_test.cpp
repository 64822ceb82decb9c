// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recording/sequence_map.hpp"

#include <gtest/gtest.h>

#include "recording/backward_frames.hpp"

namespace {

using flopwatch::detail::backward_frames;
using flopwatch::detail::scope_node;
using flopwatch::detail::sequence_map;

TEST(sequence_map, the_last_writer_of_a_number_wins) {
  sequence_map map;
  scope_node a;
  scope_node b;
  map.remember(5, &a);
  map.remember(6, &a);
  map.remember(6, &b);  // an operator without a node had only peeked at 6
  map.remember(7, &b);
  EXPECT_EQ(map.find(4), nullptr);
  EXPECT_EQ(map.find(5), &a);
  EXPECT_EQ(map.find(6), &b);
  EXPECT_EQ(map.find(7), &b);
  EXPECT_EQ(map.find(11), nullptr);
}

TEST(sequence_map, a_lower_number_replaces_what_stood_above_it) {
  sequence_map map;
  scope_node a;
  scope_node b;
  for (int i = 1; i <= 5; ++i) map.remember(i, &a);
  map.remember(3, &b);
  EXPECT_EQ(map.find(2), &a);
  EXPECT_EQ(map.find(3), &b);
  EXPECT_EQ(map.find(7), nullptr);
}

TEST(sequence_map, a_number_below_whole_ranges_removes_them) {
  sequence_map map;
  scope_node a;
  scope_node b;
  map.remember(5, &a);
  map.remember(18, &b);
  map.remember(19, &a);
  map.remember(5, &b);
  EXPECT_EQ(map.find(5), &b);
  EXPECT_EQ(map.find(18), nullptr);
  EXPECT_EQ(map.find(19), nullptr);
}

TEST(sequence_map, a_call_may_have_made_up_to_four_nodes) {
  sequence_map map;
  scope_node a;
  scope_node b;
  map.remember(1, &a);
  map.remember(4, &b);
  EXPECT_EQ(map.find(3), &a);
  EXPECT_EQ(map.find(7), &b);
  EXPECT_EQ(map.find(8), nullptr);
}

TEST(sequence_map, keeps_gaps_unknown_and_forgets_the_oldest) {
  sequence_map map;
  scope_node a;
  scope_node b;
  map.remember(1, &a);
  map.remember(6, &a);
  EXPECT_EQ(map.find(5), nullptr);
  std::int64_t number = 10;
  for (std::size_t i = 0; i < sequence_map::max_ranges; ++i) map.remember(number++, i % 2 == 0 ? &a : &b);
  EXPECT_EQ(map.find(1), nullptr);
  EXPECT_EQ(map.find(6), nullptr);
  EXPECT_NE(map.find(number - 1), nullptr);
}

TEST(backward_frames, what_runs_after_the_node_in_its_engine_frame_belongs_to_the_node) {
  backward_frames frames;
  scope_node base;
  scope_node forward;
  scope_node opened;
  frames.enter_engine(&base);
  EXPECT_TRUE(frames.is_backward(&base));
  EXPECT_EQ(frames.forward_scope(), nullptr);
  frames.enter_node(&base, &forward);
  EXPECT_FALSE(frames.is_backward(&opened)) << "a module that runs inside is recomputed";
  frames.leave();
  EXPECT_EQ(frames.forward_scope(), &forward);
  frames.leave();
  EXPECT_FALSE(frames.inside());
  frames.leave();
}

}  // namespace
