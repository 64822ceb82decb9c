// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// A program of `flopwatch run` that is killed at random moments. FLOPWATCH_ALL_TESTS=1: at 200 of them.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/run_program.hpp"
#include "flopwatch/capture.hpp"

namespace flopwatch::test {
namespace {

using testing::HasSubstr;

int moments() { return std::getenv("FLOPWATCH_ALL_TESTS") == nullptr ? 20 : 200; }

/// Longer than the program takes to its end. What is recorded goes to the file once a second.
constexpr int latest_us = 2'800'000;

std::vector<std::string> names_in(std::filesystem::path const& folder) {
  std::vector<std::string> out;
  for (auto const& entry : std::filesystem::directory_iterator(folder)) {
    out.push_back(entry.path().filename().string());
  }
  return out;
}

/// What was left can be read, and says whether it is whole.
void expect_readable(std::string const& file, bool whole) {
  auto const data = capture_reader(file).load();
  EXPECT_EQ(data.complete, whole) << file;
  if (whole) {
    EXPECT_EQ(data.launch_groups.size(), 2U);  // of each kernel
  }
}

TEST(killed_run, leaves_what_it_had_or_nothing_and_ends_as_the_program) {
  std::mt19937 random(std::random_device{}());
  int unfinished = 0;
  int whole = 0;
  for (int i = 0; i < moments(); ++i) {
    scratch_folder const scratch;
    auto const file = scratch / "it.flops";
    auto const after = std::uniform_int_distribution<int>(0, latest_us)(random);
    SCOPED_TRACE(after);
    auto const r =
        run("run -o " + file + " -- " FLOPWATCH_COUNTED_PROGRAM " killed-after-us:" + std::to_string(after) +
            " push:step launch:fma:50 sleep:2000 pop launch:add:50");
    auto const left = names_in(scratch / ".");
    ASSERT_LE(left.size(), 1U) << testing::PrintToString(left);
    if (r.exit_code == 0) {
      expect_readable(file, true);
      ++whole;
      continue;
    }
    ASSERT_EQ(r.exit_code, 137) << r.err;
    if (left.empty()) {
      EXPECT_THAT(r.err, HasSubstr("nothing was recorded"));
    } else if (left.front() == "it.flops") {
      expect_readable(file, true);  // it was whole when the signal came
    } else {
      ASSERT_EQ(left.front(), "it.flops.unfinished");
      expect_readable(file + ".unfinished", false);
      ++unfinished;
    }
  }
  std::cout << moments() << " moments: " << unfinished << " unfinished, " << whole
            << " ended by themselves\n";
  EXPECT_GT(unfinished, 0);
}

}  // namespace
}  // namespace flopwatch::test
