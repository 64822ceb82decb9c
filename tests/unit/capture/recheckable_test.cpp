// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include <gtest/gtest.h>

#include "flopwatch/capture.hpp"

namespace flopwatch {
namespace {

/// Plan 1 of two metric groups, plan 2 of one; 1,000 launches of each, and 50 that were not measured.
capture_data measured() {
  capture_data c;
  c.metrics = {{1, 1, "a", "", 0}, {2, 1, "b", "", 0}, {3, 1, "c", "", 3}, {4, 2, "a", "", 0}};
  c.launch_groups.resize(4);
  c.launch_groups[0].plan = 1, c.launch_groups[0].launches = 600;
  c.launch_groups[1].plan = 1, c.launch_groups[1].launches = 400;
  c.launch_groups[2].plan = 2, c.launch_groups[2].launches = 1000;
  c.launch_groups[3].plan = 0, c.launch_groups[3].launches = 50;
  return c;
}

raw_chunk_record chunk(std::int64_t plan, std::int64_t group, std::int64_t context, std::int64_t first,
                       std::int64_t launches) {
  raw_chunk_record r;
  r.plan = plan, r.metric_group = group, r.context = context, r.first_order = first;
  r.launches = r.ranges = launches;
  r.kept = true;
  r.image_bytes = 1;
  return r;
}

TEST(recheckable, is_nothing_without_raw_data) {
  EXPECT_EQ(recheckable(measured()), (recheckable_share{0, 2000}));
  EXPECT_EQ(recheckable(capture_data()), recheckable_share());
}

TEST(recheckable, needs_every_metric_group_of_the_plan) {
  auto c = measured();
  c.raw_chunks = {chunk(1, 0, 7, 0, 100)};
  EXPECT_EQ(recheckable(c).launches, 0);
  c.raw_chunks.push_back(chunk(1, 3, 7, 60, 100));
  EXPECT_EQ(recheckable(c).launches, 40);
  c.raw_chunks.push_back(chunk(1, 3, 7, 0, 30));
  EXPECT_EQ(recheckable(c).launches, 70);
}

TEST(recheckable, passes_that_no_metric_has_do_not_count) {
  auto c = measured();
  c.raw_chunks = {chunk(2, 0, 7, 0, 10), chunk(2, 9, 7, 0, 5), chunk(5, 0, 7, 0, 5)};
  EXPECT_EQ(recheckable(c).launches, 10);
}

TEST(recheckable, contexts_and_plans_are_kept_apart) {
  auto c = measured();
  c.raw_chunks = {chunk(1, 0, 7, 0, 100), chunk(1, 3, 8, 0, 100), chunk(2, 0, 7, 0, 20),
                  chunk(2, 0, 8, 0, 3)};
  EXPECT_EQ(recheckable(c).launches, 23);
}

TEST(recheckable, lossy_chunks_and_those_that_were_not_kept_do_not_count) {
  auto c = measured();
  c.raw_chunks = {chunk(2, 0, 7, 0, 10), chunk(2, 0, 7, 10, 10), chunk(2, 0, 7, 20, 10)};
  c.raw_chunks[0].lossy = true;
  c.raw_chunks[1].kept = false;
  EXPECT_EQ(recheckable(c).launches, 10);
}

TEST(recheckable, overlapping_chunks_count_once) {
  auto c = measured();
  c.raw_chunks = {chunk(2, 0, 7, 50, 50), chunk(2, 0, 7, 0, 60), chunk(2, 0, 7, 55, 5),
                  chunk(2, 0, 7, 200, 1)};
  EXPECT_EQ(recheckable(c).launches, 101);
}

TEST(recheckable, is_never_more_than_the_launches_that_are_there) {
  auto c = measured();
  auto const most = std::numeric_limits<std::int64_t>::max();
  c.raw_chunks = {chunk(2, 0, 7, 0, most), chunk(2, 0, 8, most, most), chunk(2, 0, 9, 5, most)};
  EXPECT_EQ(recheckable(c), (recheckable_share{2000, 2000}));
  c.raw_chunks[0].first_order = -5;
  c.raw_chunks.resize(1);
  EXPECT_EQ(recheckable(c).launches, 0);
}

TEST(recheckable, of_reuse_is_checks) {
  auto c = measured();
  c.reuse_keys.resize(1);
  c.raw_chunks = {chunk(1, 0, 7, 0, 100), chunk(1, 3, 7, 0, 20)};
  c.raw_chunks[1].kept = false;
  c.reuse_checks = 98;
  EXPECT_EQ(recheckable(c), (recheckable_share{98, 120, true}));
  c.raw_chunks[0].ranges = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(recheckable(c).measured, std::numeric_limits<std::int64_t>::max());
  c.raw_chunks.clear();
  EXPECT_EQ(recheckable(c), (recheckable_share{0, 0, true}));
}

}  // namespace
}  // namespace flopwatch
