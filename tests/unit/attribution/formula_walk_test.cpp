// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "unit/synthetic/capture_builder.hpp"
#include "unit/synthetic/model.hpp"
#include "unit/synthetic/random_model.hpp"

namespace flopwatch::test {
namespace {

synthetic_module leaf(std::int64_t macs, rule_origin rule = rule_origin::thop) {
  synthetic_module m;
  m.type = "Linear";
  m.library = true;
  m.rule = rule;
  m.scale = 1;
  m.parameters = 64;
  m.forward = {{nullptr, macs, "aten::mm"}};
  return m;
}

TEST(formula_walk, equals_the_simulated_hooks_on_random_models) {
  int shared = 0;
  for (unsigned seed = 0; seed < 3000; ++seed) {
    auto model = random_model(seed);
    auto const capture = recorded(model[0]);
    auto const expected = simulate_hooks(model[0]);
    auto const tree = attribute(capture);
    ASSERT_EQ(tree.formula_total, expected.total) << "seed " << seed;
    ASSERT_EQ(tree.formula_parameters, expected.parameters) << "seed " << seed;
    std::int64_t walked = 0;
    for (auto const& row : tree.rows) {
      walked += row.walk_macs + row.walk_operations;
      ASSERT_TRUE(!row.hidden || row.walk_macs == 0) << "seed " << seed;
    }
    ASSERT_EQ(walked, expected.total) << "seed " << seed;
    shared += capture.module_paths.size() > capture.modules.size() ? 1 : 0;
  }
  EXPECT_GT(shared, 500);
}

TEST(formula_walk, a_module_shared_by_two_parents_counts_four_times) {
  synthetic_modules all(4);
  all[0].type = "Root";
  all[1].type = all[2].type = "Part";
  all[3] = leaf(256);
  all[0].children = {{"p1", &all[1]}, {"p2", &all[2]}};
  all[0].forward = {{&all[1], 0, ""}, {&all[2], 0, ""}};
  for (auto i : {1U, 2U}) {
    all[i].children = {{"q", &all[3]}};
    all[i].forward = {{&all[3], 0, ""}};
  }
  auto const tree = attribute(recorded(all[0]));
  EXPECT_EQ(tree.formula_total, 2048);
  EXPECT_EQ(tree.operator_total.macs, 512);
  for (auto const* path : {"p1.q", "p2.q"}) {
    auto const& row = tree.rows[row_at(tree, path)];
    EXPECT_EQ(row.calls, 1);
    EXPECT_EQ(row.total.macs, 256);
    EXPECT_EQ(row.rule_macs, 256);
    EXPECT_EQ(row.walk_macs, 1024);
    EXPECT_EQ(row.label, "q");
  }
}

TEST(formula_walk, with_three_parents_it_counts_twenty_seven_times) {
  synthetic_modules all(5);
  all[0].type = "Root";
  all[4] = leaf(256);
  for (auto i : {1U, 2U, 3U}) {
    all[i].type = "Part";
    all[i].children = {{"q", &all[4]}};
    all[i].forward = {{&all[4], 0, ""}};
    all[0].children.emplace_back("p" + std::to_string(i), &all[i]);
    all[0].forward.push_back({&all[i], 0, ""});
  }
  EXPECT_EQ(attribute(recorded(all[0])).formula_total, 6912);
}

TEST(formula_walk, two_names_in_one_parent_are_one_module) {
  synthetic_modules all(2);
  all[0].type = "Root";
  all[1] = leaf(256);
  all[0].children = {{"a", &all[1]}, {"b", &all[1]}};
  all[0].forward = {{&all[1], 0, ""}, {&all[1], 0, ""}};
  auto const tree = attribute(recorded(all[0]));
  EXPECT_EQ(tree.formula_total, 512);
  EXPECT_EQ(tree.formula_parameters, 64);
  EXPECT_EQ(tree.rows[row_at(tree, "a")].calls, 2);
}

TEST(formula_walk, parameters_of_the_root_and_of_modules_never_called_do_not_count) {
  synthetic_modules all(3);
  all[0] = leaf(0, rule_origin::custom);
  all[1] = leaf(8);
  all[2] = leaf(8);
  all[0].children = {{"called", &all[1]}, {"uncalled", &all[2]}};
  all[0].forward = {{&all[1], 0, ""}};
  auto const tree = attribute(recorded(all[0]));
  EXPECT_EQ(tree.formula_parameters, 64);
  EXPECT_EQ(tree.rows[row_at(tree, "uncalled")].calls, 0);
  EXPECT_EQ(tree.rows[row_at(tree, "uncalled")].rule_macs, 0);
}

/// A root with one Linear of 24 parameters, called in one scope.
capture_builder one_linear() {
  capture_builder c;
  auto const root = c.placed_module(0, "", "Root");
  c.module_at(c.placed_module(root, "fc", "Linear", rule_origin::thop)).parameters = 24;
  return c;
}

TEST(formula_walk, parameters_count_of_a_module_that_a_forward_of_the_recording_called) {
  auto c = one_linear();
  EXPECT_EQ(attribute(c.data).formula_parameters, 24);
  c.data.scopes[1].phase = phase::recompute;
  EXPECT_EQ(attribute(c.data).formula_parameters, 0);
}

TEST(formula_walk, parameters_count_of_a_module_that_only_a_separate_forward_called) {
  auto c = one_linear();
  c.data.info[info_key::formula_forward] = "separate";
  EXPECT_EQ(attribute(c.data).formula_parameters, 0);
  c.formula(2, 2, 8);
  EXPECT_EQ(attribute(c.data).formula_parameters, 24);
}

TEST(formula_walk, there_is_a_formula_unless_the_recording_says_none) {
  auto c = one_linear();
  EXPECT_TRUE(attribute(c.data).has_formula);
  c.data.info[info_key::formula] = "thop 0.1.1 rules";
  EXPECT_TRUE(attribute(c.data).has_formula);
  c.data.info[info_key::formula] = no_formula;
  EXPECT_FALSE(attribute(c.data).has_formula);
}

TEST(formula_walk, families_are_kept_apart) {
  synthetic_modules all(3);
  all[0].type = "Root";
  all[1] = leaf(100);
  all[2] = leaf(0);
  all[2].type = "Softmax";
  all[2].constant = 92;
  all[2].unit = formula_unit::operations;
  all[0].children = {{"fc", &all[1]}, {"softmax", &all[2]}};
  all[0].forward = {{&all[1], 0, ""}, {&all[2], 0, ""}};
  auto const tree = attribute(recorded(all[0]));
  EXPECT_EQ(tree.formula_macs, 100);
  EXPECT_EQ(tree.formula_operations, 92);
  EXPECT_EQ(tree.formula_total, 192);
  auto const& softmax = tree.rows[row_at(tree, "softmax")];
  EXPECT_EQ(softmax.rule_macs, std::nullopt);
  EXPECT_EQ(softmax.rule_operations, 92);
}

TEST(formula_walk, a_rule_that_was_asked_and_has_no_answer_is_no_zero) {
  capture_builder c;
  auto const root = c.module("Root");
  auto const broken = c.module("Broken", rule_origin::custom);
  c.path(c.path(0, "", root), "part", broken);
  c.scope(c.scope(0, "", root), "part", broken);
  auto const tree = attribute(c.data);
  EXPECT_EQ(tree.rows[1].rule_macs, std::nullopt);
  EXPECT_EQ(tree.rows[1].calls, 1);
}

}  // namespace
}  // namespace flopwatch::test
