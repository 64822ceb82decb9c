// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// A LibTorch program that records itself, while `flopwatch run` records its ranges: one tree.
#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/run_program.hpp"
#include "flopwatch/capture.hpp"

namespace flopwatch::test {
namespace {

/// Path, type, call, phase and entries of each scope.
std::vector<std::tuple<std::string, std::string, std::int64_t, std::string, std::int64_t>> tree_of(
    std::string const& file) {
  std::vector<std::tuple<std::string, std::string, std::int64_t, std::string, std::int64_t>> out;
  for (auto const& s : capture_reader(file).load().scopes) {
    out.emplace_back(s.path, s.type, s.call, std::string(to_string(s.phase)), s.entries);
  }
  std::sort(out.begin(), out.end());
  return out;
}

TEST(recorded_twice, has_the_same_tree_from_inside_and_by_its_ranges) {
  scratch_folder const scratch;
  auto const inside = scratch / "inside.flops";
  auto const ranges = scratch / "ranges.flops";
  auto const r = run("run --device cpu -o " + ranges + " -- " FLOPWATCH_RECORDED_PROGRAM " " + inside);
  ASSERT_EQ(r.exit_code, 0) << r.err;
  auto const tree = tree_of(inside);
  EXPECT_GE(tree.size(), 8U);
  EXPECT_EQ(tree_of(ranges), tree);
}

}  // namespace
}  // namespace flopwatch::test
