// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/synthetic/capture_builder.hpp"
#include "unit/synthetic/random_model.hpp"

namespace flopwatch::test {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> labels(attribution const& tree) {
  std::vector<std::string> out;
  for (auto const& r : tree.rows) out.push_back(r.label);
  return out;
}

void expect_a_tree(attribution const& tree) {
  ASSERT_EQ(tree.rows[0].parent, module_row::npos);
  std::vector<std::size_t> depth_first;
  std::vector<std::size_t> open{0};
  while (!open.empty()) {
    auto const at = open.back();
    open.pop_back();
    depth_first.push_back(at);
    auto const& children = tree.rows[at].children;
    auto sum = tree.rows[at].self;
    for (auto const c : children) {
      ASSERT_EQ(tree.rows[c].parent, at);
      sum += tree.rows[c].total;
    }
    ASSERT_EQ(tree.rows[at].total, sum);
    open.insert(open.end(), children.rbegin(), children.rend());
  }
  ASSERT_EQ(depth_first.size(), tree.rows.size());
  for (std::size_t i = 0; i < depth_first.size(); ++i) ASSERT_EQ(depth_first[i], i);
}

TEST(rows, are_a_depth_first_tree_and_hold_everything) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    auto model = random_model(seed);
    auto const capture = recorded(model[0]);
    auto const tree = attribute(capture);
    expect_a_tree(tree);
    work all;
    for (auto const& c : capture.operator_calls) all += c.total;
    ASSERT_EQ(tree.operator_total, all) << "seed " << seed;
    std::int64_t entries = 0;
    std::int64_t calls = 0;
    for (auto const& s : capture.scopes) entries += s.entries;
    for (auto const& r : tree.rows) calls += r.calls;
    ASSERT_EQ(calls, entries) << "seed " << seed;
  }
}

TEST(rows, calls_and_phases_of_one_path_are_one_row) {
  capture_builder c;
  auto const root = c.module("Root");
  auto const fc = c.module("Linear");
  c.path(c.path(0, "", root), "fc", fc);
  auto const top = c.scope(0, "", root);
  auto const first = c.scope(top, "fc", fc, 3);
  auto const second = c.scope(top, "fc", fc, 2);
  c.data.scopes.back().call = 2;
  auto const again = c.scope(top, "fc", fc, 1);
  c.data.scopes.back().phase = phase::recompute;
  for (auto const s : {first, second, again}) c.product(s, "aten::mm", 10);
  c.call_at(3).phase = phase::recompute;
  auto const tree = attribute(c.data);
  ASSERT_EQ(tree.rows.size(), 2U);
  EXPECT_EQ(tree.rows[1].calls, 5);
  EXPECT_EQ(tree.rows[1].total.macs, 30);
  EXPECT_EQ(tree.rows[0].total_by_phase[phase::recompute].macs, 10);
  EXPECT_THAT(tree.rows[1].operator_calls, ElementsAre(0U, 1U, 2U));
}

TEST(rows, a_module_list_without_a_scope_stands_between) {
  capture_builder c;
  auto const root = c.module("Root");
  auto const list = c.module("ModuleList");
  c.module_at(list).transparent = true;
  auto const top = c.path(0, "", root);
  auto const layers = c.path(top, "layers", list);
  auto const first = c.module("Linear");
  auto const second = c.module("Linear");
  auto const never = c.module("Linear");
  c.path(layers, "0", first);
  c.path(layers, "1", second);
  c.path(layers, "2", never);
  auto const s = c.scope(0, "", root);
  c.product(c.scope(s, "layers.1", second), "aten::mm", 7);
  c.product(c.scope(s, "layers.0", first), "aten::mm", 5);
  auto const tree = attribute(c.data);
  EXPECT_THAT(labels(tree), ElementsAre("", "layers", "0", "1", "2"));
  EXPECT_EQ(tree.rows[1].calls, 0);
  EXPECT_EQ(tree.rows[1].type, "ModuleList");
  EXPECT_EQ(tree.rows[1].total.macs, 12);
  EXPECT_EQ(tree.rows[4].calls, 0);
  EXPECT_EQ(tree.rows[4].path, "layers.2");
}

TEST(rows, plain_scopes_and_what_they_call_stand_below_them) {
  capture_builder c;
  auto const root = c.module("Root");
  auto const fc = c.module("Linear", rule_origin::thop);
  c.path(c.path(0, "", root), "fc", fc);
  auto const step = c.scope(0, "step", 0);
  auto const top = c.scope(step, "", root);
  auto const loss = c.scope(top, "loss", 0);
  auto const call = c.scope(loss, "fc", fc);
  c.formula(call, fc, 9);
  c.product(call, "aten::mm", 9);
  auto const tree = attribute(c.data);
  EXPECT_THAT(labels(tree), ElementsAre("", "step", "loss", "fc"));
  EXPECT_EQ(tree.rows[0].type, "Root");
  EXPECT_EQ(tree.rows[0].calls, 1);
  EXPECT_EQ(tree.rows[2].total.macs, 9);
  EXPECT_EQ(tree.rows[3].parent, 2U);
  EXPECT_EQ(tree.rows[3].walk_macs, 9);
  EXPECT_EQ(tree.formula_total, 9);
}

TEST(rows, a_module_called_by_another_one_stands_below_its_caller) {
  capture_builder c;
  auto const root = c.module("Root");
  auto const block = c.module("Block");
  auto const table = c.module("Linear", rule_origin::thop);
  auto const top = c.path(0, "", root);
  c.path(top, "block", block);
  c.path(top, "table", table);
  auto const s = c.scope(0, "", root);
  auto const inside = c.scope(c.scope(s, "block", block), "table", table);
  c.formula(inside, table, 4);
  auto const direct = c.scope(s, "table", table);
  c.formula(direct, table, 3);
  c.formula(inside, table, 50, 1, formula_unit::operations);
  c.formula(direct, table, 7, 1, formula_unit::operations);
  auto const tree = attribute(c.data);
  EXPECT_THAT(labels(tree), ElementsAre("", "block", "table", "table"));
  EXPECT_EQ(tree.rows[2].walk_macs, 4);
  EXPECT_EQ(tree.rows[3].walk_macs, 3);
  EXPECT_EQ(tree.rows[2].walk_operations, 50);
  EXPECT_EQ(tree.rows[3].walk_operations, 7);
  EXPECT_EQ(tree.rows[3].parent, 0U);
}

TEST(rows, know_of_operators_without_a_full_rule) {
  capture_builder c;
  auto const root = c.placed_module(0, "", "Root");
  auto const fc = c.placed_module(root, "fc", "Linear");
  c.product(fc, "aten::mm", 1);
  c.unsupported(fc, "my::part", operator_status::partly_counted);
  c.product(fc, "aten::mm", 1);
  c.unsupported(root, "my::op");
  auto const tree = attribute(c.data);
  EXPECT_TRUE(tree.rows[1].has_partly_counted);
  EXPECT_FALSE(tree.rows[1].has_unsupported);
  EXPECT_TRUE(tree.rows[0].has_unsupported);
  EXPECT_FALSE(tree.rows[0].has_partly_counted);
}

TEST(rows, what_ran_outside_every_scope_is_the_last_row) {
  capture_builder c;
  auto const root = c.module("Root");
  c.path(0, "", root);
  c.product(c.scope(0, "", root), "aten::mm", 1);
  EXPECT_EQ(attribute(c.data).rows.size(), 1U);
  c.product(0, "aten::mm", 2);
  auto const tree = attribute(c.data);
  ASSERT_EQ(tree.rows.size(), 2U);
  EXPECT_TRUE(tree.rows[1].outside);
  EXPECT_EQ(tree.rows[1].parent, 0U);
  EXPECT_EQ(tree.rows[1].total.macs, 2);
  EXPECT_EQ(tree.rows[0].total.macs, 3);
  EXPECT_EQ(tree.rows[0].self.macs, 1);
}

TEST(rows, with_nothing_watched_the_root_has_no_type_and_holds_all) {
  capture_builder c;
  c.product(c.scope(0, "step", 0), "aten::mm", 2);
  c.product(0, "aten::mm", 3);
  auto const tree = attribute(c.data);
  EXPECT_FALSE(tree.has_formula);
  EXPECT_EQ(tree.rows[0].type, "");
  EXPECT_EQ(tree.rows[0].total.macs, 5);
  EXPECT_EQ(attribute(capture_data{}).rows.size(), 1U);
}

TEST(rows, precisions_can_be_taken_apart) {
  capture_builder c;
  auto const s = c.scope(0, "step", 0);
  c.product(s, "aten::mm", 2);
  c.call_at(c.product(s, "aten::mm", 3)).precision = precision::bf16;
  c.unsupported(s, "my::op");
  auto const tree = attribute(c.data);
  ASSERT_EQ(tree.rows[0].total_by_precision.size(), 1U + 1U);
  EXPECT_EQ(tree.rows[0].total_by_precision.at(precision::fp32).macs, 2);
  EXPECT_EQ(tree.rows[0].total_by_precision.at(precision::bf16).macs, 3);
}

}  // namespace
}  // namespace flopwatch::test
