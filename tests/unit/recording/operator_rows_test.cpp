// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recording/operator_rows.hpp"

#include <array>

#include <gtest/gtest.h>

namespace {

using namespace flopwatch;
using namespace flopwatch::detail;

TEST(operator_rows, finds_again_what_it_added_across_many_growths) {
  operator_rows rows(100'000);
  scope_node scope;
  operator_info info;
  std::vector<operator_row*> added;
  for (std::int64_t i = 0; i < 5000; ++i) {
    std::array<std::int64_t, 2> const args{i, i * 7};
    auto const [row, is_new] = rows.find_or_add(&scope, &info, phase::forward, args);
    ASSERT_TRUE(is_new);
    added.push_back(row);
  }
  for (std::int64_t i = 0; i < 5000; ++i) {
    std::array<std::int64_t, 2> const args{i, i * 7};
    auto const [row, is_new] = rows.find_or_add(&scope, &info, phase::forward, args);
    ASSERT_FALSE(is_new);
    ASSERT_EQ(row, added[static_cast<std::size_t>(i)]);
  }
}

TEST(operator_rows, are_counted_like_their_equals_only) {
  operator_rows rows(100'000);
  scope_node s1;
  scope_node s2;
  operator_info o1;
  operator_info o2;
  int found = 0;
  for (std::int64_t i = 0; i < 3000; ++i) {
    std::array<std::int64_t, 2> const args{i / 2, 5};
    auto* const row = rows.find_or_add(i % 2 == 0 ? &s1 : &s2, &o1, phase::forward, args).row;
    auto const* const like = rows.counted_like(*row);
    row->counted = i % 3 != 0;
    row->per_call.macs = args[0];
    if (like == nullptr) continue;
    ++found;
    ASSERT_NE(like, row);
    ASSERT_EQ(like->per_call.macs, args[0]);
    ASSERT_TRUE(like->counted);
    ASSERT_EQ(i % 2, 1);
  }
  EXPECT_EQ(found, 1000);
  std::array<std::int64_t, 2> const last{1499, 5};
  EXPECT_EQ(rows.counted_like(*rows.find_or_add(&s1, &o2, phase::forward, last).row), nullptr);
  scope_node s3;
  std::array<std::int64_t, 1> const refused_first{7};
  EXPECT_EQ(rows.counted_like(*rows.find_or_add(&s1, &o1, phase::forward, refused_first).row), nullptr);
  auto* const counted = rows.find_or_add(&s2, &o1, phase::forward, refused_first).row;
  EXPECT_EQ(rows.counted_like(*counted), nullptr);
  counted->counted = true;
  EXPECT_EQ(rows.counted_like(*rows.find_or_add(&s3, &o1, phase::forward, refused_first).row), counted);
  std::vector<operator_info> many(1000);
  for (auto const& info : many) {
    auto* const row = rows.find_or_add(&s1, &info, phase::forward, last).row;
    ASSERT_EQ(rows.counted_like(*row), nullptr);
    row->counted = true;
  }
}

TEST(operator_rows, keeps_scope_operator_phase_and_arguments_apart) {
  operator_rows rows(100);
  scope_node s1;
  scope_node s2;
  operator_info o1;
  operator_info o2;
  std::array<std::int64_t, 1> const a{1};
  std::array<std::int64_t, 2> const b{1, 0};
  rows.find_or_add(&s1, &o1, phase::forward, a);
  rows.find_or_add(&s2, &o1, phase::forward, a);
  rows.find_or_add(&s1, &o2, phase::forward, a);
  rows.find_or_add(&s1, &o1, phase::backward, a);
  rows.find_or_add(&s1, &o1, phase::forward, b);
  rows.find_or_add(&s1, &o1, phase::forward, {});
  EXPECT_EQ(rows.all().size(), 6U);
  EXPECT_FALSE(rows.find_or_add(&s1, &o1, phase::forward, a).is_new);
}

}  // namespace
