// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/comparison/verdict_text.hpp"
#include "unit/synthetic/capture_builder.hpp"

namespace flopwatch::test {
namespace {

/// A block with many parts without a rule, the i-th with i + 1 MACs.
struct many_parts : ::testing::Test {
  static constexpr std::int64_t parts = 60;
  many_parts() {
    capture_builder c;
    auto const root = c.module("Root");
    auto const block = c.module("Block");
    auto const top = c.path(0, "", root);
    auto const block_path = c.path(top, "block", block);
    auto const s = c.scope(c.scope(0, "", root), "block", block);
    for (std::int64_t i = 0; i < parts; ++i) {
      auto const m = c.module("Part");
      c.path(block_path, std::to_string(i), m);
      c.product(c.scope(s, "block." + std::to_string(i), m), "aten::mm", i + 1);
    }
    tree = attribute(c.data);
    result = compare(c.data, tree);
  }
  attribution tree;
  comparison result;
};

TEST_F(many_parts, the_root_lists_every_verdict_largest_first) {
  auto const all = brief(tree, result, 0);
  ASSERT_EQ(all.size(), static_cast<std::size_t>(parts));
  EXPECT_EQ(all.front(), "no_rule -60 @block.59");
  EXPECT_EQ(all.back(), "no_rule -1 @block.0");
}

TEST_F(many_parts, other_rows_fold_the_smallest_and_keep_the_sum) {
  auto const& row = result.rows[row_at(tree, "block")];
  ASSERT_EQ(row.verdicts.size(), listed_verdicts + 1);
  std::int64_t sum = 0;
  for (auto const& v : row.verdicts) sum += v.amount;
  EXPECT_EQ(sum, *row.formula_minus_operator);
  EXPECT_EQ(sum, -parts * (parts + 1) / 2);
  // 36 parts with 1 to 36 MACs are folded, which is more than any single one.
  EXPECT_EQ(row.verdicts[0].amount, -36 * 37 / 2);
  EXPECT_THAT(row.verdicts[0].cause,
              ::testing::StartsWith("In 36 further modules below, the largest part in block.35"));
  EXPECT_EQ(row.verdicts[1].amount, -60);
}

TEST(verdict_words, are_stable_and_distinct) {
  std::set<std::string_view> names;
  std::set<std::string_view> texts;
  for (int i = 0; i < verdict_kind_count; ++i) {
    names.insert(to_string(static_cast<verdict_kind>(i)));
    texts.insert(short_text(static_cast<verdict_kind>(i)));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(verdict_kind_count));
  EXPECT_EQ(texts.size(), static_cast<std::size_t>(verdict_kind_count));
  EXPECT_EQ(to_string(verdict_kind::functional_missed), "functional_missed");
  EXPECT_EQ(short_text(verdict_kind::functional_missed), "functional work missed");
  EXPECT_EQ(to_string(verdict_kind::unexplained), "unexplained");
  EXPECT_EQ(short_text(verdict_kind::unsupported_operator), "unsupported operator");
  EXPECT_EQ(short_text(verdict_kind::rule_wrong_factor), "rule wrong by a factor");
  EXPECT_EQ(short_text(verdict_kind::fewer_than_formula), "fewer than formula");
}

}  // namespace
}  // namespace flopwatch::test
