// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "report/tree_view.hpp"

#include <gtest/gtest.h>

namespace flopwatch::report {
namespace {

/// root { a { a1, a2 }, b { b1 } }, and the outside row
std::vector<module_row> small_tree() {
  std::vector<module_row> rows(7);
  std::size_t const parents[] = {module_row::npos, 0, 1, 1, 0, 4, 0};
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].parent = parents[i];
  rows[6].outside = true;
  return rows;
}

TEST(tree_view, draws_guides) {
  auto const shown = tree_view(small_tree(), 0);
  ASSERT_EQ(shown.size(), 7U);
  EXPECT_EQ(shown[0].guides, "");
  EXPECT_EQ(shown[1].guides, "├─ ");
  EXPECT_EQ(shown[2].guides, "│  ├─ ");
  EXPECT_EQ(shown[3].guides, "│  └─ ");
  EXPECT_EQ(shown[5].guides, "│  └─ ");
  EXPECT_EQ(shown[6].guides, "└─ ");
  EXPECT_EQ(shown[3].narrow_guides, "│ └ ");
}

TEST(tree_view, folds_what_is_deeper) {
  auto const shown = tree_view(small_tree(), 2);
  ASSERT_EQ(shown.size(), 4U);
  EXPECT_EQ(shown[1].row, 1U);
  EXPECT_EQ(shown[1].folded, 2U);
  EXPECT_EQ(shown[2].row, 4U);
  EXPECT_EQ(shown[2].folded, 1U);
  EXPECT_EQ(shown[3].row, 6U);
}

TEST(tree_view, keeps_the_outside_row_at_any_depth) {
  auto const shown = tree_view(small_tree(), 1);
  ASSERT_EQ(shown.size(), 2U);
  EXPECT_EQ(shown[0].folded, 5U);
  EXPECT_EQ(shown[1].row, 6U);
  EXPECT_EQ(shown[1].guides, "└─ ");
}

}  // namespace
}  // namespace flopwatch::report
