// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// A program of `flopwatch run` that is killed at random moments. FLOPWATCH_ALL_TESTS=1: at 200 of them.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>
#include <optional>
#include <random>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/run_program.hpp"
#include "flopwatch/capture.hpp"
#include "flopwatch/error.hpp"

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

struct launches_in {
  std::int64_t all = 0, with_values = 0;
  double sum = 0;  ///< of their values
};

launches_in count(std::filesystem::path const& file) {
  launches_in out;
  capture_reader(file).for_each_launch([&](launch_record const& l) {
    ++out.all;
    bool const has = std::any_of(l.counters.begin(), l.counters.end(), [](auto const& v) { return v; });
    if (has) ++out.with_values;
    for (auto const& v : l.counters) out.sum += v.value_or(0);
    return true;
  });
  return out;
}

/// Of the capture that a program of `flopwatch run` writes now, as somebody else can read it; nullopt before
/// it is there.
std::optional<launches_in> count_in_progress(scratch_folder const& scratch) {
  for (auto const& entry : std::filesystem::recursive_directory_iterator(scratch / ".")) {
    if (entry.path().extension() != ".part") continue;
    try {
      return count(entry.path());
    } catch (capture_error const&) {
      // It is being made.
    }
  }
  return std::nullopt;
}

TEST(killed_run, keeps_the_launches_that_were_in_its_file) {
  std::mt19937 random(std::random_device{}());
  for (int i = 0; i < moments() / 5; ++i) {
    scratch_folder const scratch;
    auto const file = scratch / "it.flops";
    auto const wanted = std::uniform_int_distribution<std::int64_t>(1, 1000)(random);
    SCOPED_TRACE(wanted);
    auto ended = std::async(std::launch::async, [&] {
      return run("run -o " + file + " -- " FLOPWATCH_COUNTED_PROGRAM " killed-by:" + (scratch / "now") +
                 " steadily:fma:1");
    });
    launches_in seen;
    auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(90);
    while (seen.all < wanted && std::chrono::steady_clock::now() < end) {
      seen = count_in_progress(scratch).value_or(seen);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    std::ofstream(scratch / "now") << "now";
    ASSERT_EQ(ended.get().exit_code, 137);
    EXPECT_GE(seen.all, wanted);
    auto const left = count(file + ".unfinished");
    EXPECT_GE(left.all, seen.all);
    EXPECT_GE(left.with_values, seen.with_values);
    EXPECT_EQ(left.sum, 7.0 * static_cast<double>(left.with_values));
    if (left.all >= 100) {
      EXPECT_GT(left.with_values, 0);  // the first chunk was read by then
    }
    expect_readable(file + ".unfinished", false);
    EXPECT_EQ(run("report " + file + ".unfinished").exit_code, static_cast<int>(exit_code::data_loss));
  }
}

}  // namespace
}  // namespace flopwatch::test
