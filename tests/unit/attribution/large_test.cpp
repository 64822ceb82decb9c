// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "flopwatch/comparison.hpp"
#include "unit/synthetic/capture_builder.hpp"

namespace flopwatch::test {
namespace {

/// `levels` modules, each the only child of the one before, each with its own products. Paths are
/// short names here: written out they would take a gigabyte.
capture_data synthetic_chain(std::int64_t levels) {
  capture_builder c;
  std::int64_t path = 0;
  std::int64_t scope = 0;
  for (std::int64_t i = 0; i < levels; ++i) {
    auto const m = c.module("Level");
    path = c.path(path, "x", m);
    c.data.module_paths.back().path = i == 0 ? "" : "level" + std::to_string(i);
    scope = c.scope(scope, c.data.module_paths.back().path, m);
    c.product(scope, "aten::mm", 1 + i % 7);
  }
  return std::move(c.data);
}

TEST(large, ten_thousand_levels_need_no_stack) {
  auto const capture = synthetic_chain(10000);
  auto const tree = attribute(capture);
  ASSERT_EQ(tree.rows.size(), 10000U);
  EXPECT_EQ(tree.rows[9999].parent, 9998U);
  auto const result = compare(capture, tree);
  EXPECT_EQ(result.rows[0].verdicts.size(), 10000U);
  std::int64_t sum = 0;
  for (auto const& v : result.rows[0].verdicts) sum += v.amount;
  EXPECT_EQ(sum, *result.rows[0].formula_minus_operator);
  EXPECT_LE(result.rows[1].verdicts.size(), listed_verdicts + verdict_kind_count);
}

TEST(large, scopes_far_below_their_parent_do_not_walk_the_way_again_and_again) {
  auto capture = synthetic_chain(10000);
  // Every module is called straight from the root; each way up is 10,000 levels at most.
  for (std::size_t i = 1; i < capture.scopes.size(); ++i) capture.scopes[i].parent = 1;
  auto const tree = attribute(capture);
  ASSERT_EQ(tree.rows.size(), 10000U);
  EXPECT_EQ(tree.rows[5000].parent, 4999U);
}

TEST(large, two_hundred_thousand_siblings) {
  capture_builder c;
  auto const root = c.module("Root");
  auto const top = c.path(0, "", root);
  auto const s = c.scope(0, "", root);
  constexpr std::int64_t siblings = 200000;
  for (std::int64_t i = 0; i < siblings; ++i) {
    auto const m = c.module("Linear", rule_origin::thop);
    auto const name = std::to_string(i);
    c.path(top, name, m);
    auto const scope = c.scope(s, name, m);
    c.formula(scope, m, 3);
    c.product(scope, "aten::mm", 2);
  }
  auto const tree = attribute(c.data);
  ASSERT_EQ(tree.rows.size(), static_cast<std::size_t>(siblings) + 1);
  EXPECT_EQ(tree.formula_total, 3 * siblings);
  auto const result = compare(c.data, tree);
  EXPECT_EQ(*result.rows[0].formula_minus_operator, siblings);
  EXPECT_EQ(result.rows[0].verdicts.size(), static_cast<std::size_t>(siblings));
}

}  // namespace
}  // namespace flopwatch::test
