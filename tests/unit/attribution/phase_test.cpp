// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <gtest/gtest.h>

#include "flopwatch/attribution.hpp"
#include "unit/synthetic/capture_builder.hpp"
#include "unit/synthetic/training_step.hpp"

namespace flopwatch::test {
namespace {

constexpr std::int64_t macs = 4 * 512 * 512;

work sum_of(work_by_phase const& parts) {
  work sum;
  for (auto const p : all_phases) sum += parts[p];
  return sum;
}

TEST(phases, are_parts_of_every_row_that_add_up_to_it) {
  auto const tree = attribute(training_step());
  for (auto const& row : tree.rows) {
    EXPECT_EQ(sum_of(row.total_by_phase), row.total) << row.path;
    EXPECT_EQ(sum_of(row.self_by_phase), row.self) << row.path;
  }
  auto const& whole = tree.rows[0].total_by_phase;
  EXPECT_EQ(whole[phase::forward].macs, 2 * macs);
  EXPECT_EQ(whole[phase::backward].macs, 3 * macs);
  EXPECT_EQ(whole[phase::recompute].macs, macs);
  EXPECT_EQ(whole[phase::optimizer].macs, 3 * 512 * 512 * 512);
  EXPECT_EQ(whole[phase::optimizer].other_flops, 2 * 512 * 512);
  auto const& second = tree.rows[row_at(tree, "second")];
  EXPECT_EQ(second.total_by_phase[phase::recompute].macs, macs);
  EXPECT_EQ(second.total_by_phase[phase::optimizer], work{});
}

TEST(phases, alone_are_what_they_are_in_the_whole) {
  auto const capture = training_step();
  auto const tree = attribute(capture);
  work sum;
  for (auto const p : all_phases) {
    auto const part = attribute(of_phase(capture, p));
    EXPECT_EQ(part.operator_total, tree.rows[0].total_by_phase[p]) << to_string(p);
    EXPECT_EQ(part.has_formula, p == phase::forward) << to_string(p);
    ASSERT_EQ(part.rows.size(), tree.rows.size());
    for (std::size_t r = 0; r < tree.rows.size(); ++r) EXPECT_EQ(part.rows[r].calls, tree.rows[r].calls);
    sum += part.operator_total;
  }
  EXPECT_EQ(sum, tree.operator_total);
}

TEST(phases, keep_the_launches_of_their_operators_and_their_own) {
  capture_builder c;
  c.placed_module(0, "", "Net");
  auto const forward = c.product(1, "aten::mm", 10);
  auto const backward = c.product(1, "aten::mm", 20);
  c.call_at(backward).phase = phase::backward;
  auto const kernel = c.kernel("k");
  c.launch(1, forward, kernel, {{ffma_metric, 10}});
  c.launch(1, backward, kernel, {{ffma_metric, 20}}).phase =
      phase::forward;  // as the launching thread saw it
  c.launch(1, 0, kernel, {{ffma_metric, 3}}).phase = phase::backward;
  EXPECT_EQ(attribute(of_phase(c.data, phase::forward)).measured_total.total_flops(), 20);
  EXPECT_EQ(attribute(of_phase(c.data, phase::backward)).measured_total.total_flops(), 2 * (20 + 3));
  auto const none = of_phase(c.data, phase::optimizer);
  EXPECT_FALSE(attribute(none).measured_collected);
  EXPECT_EQ(none.info.at(info_key::measured_reason), "no kernel was launched in phase optimizer");
}

}  // namespace
}  // namespace flopwatch::test
