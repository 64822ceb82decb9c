// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// merge, diff and report --rank.

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flopwatch/capture.hpp"
#include "run_program.hpp"
#include "unit/capture/synthetic_ranks.hpp"

namespace flopwatch::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

class captures : public testing::Test {
 protected:
  captures() {
    for (std::int64_t r = 0; r < 4; ++r) {
      synthetic_rank rank{.rank = r, .world_size = 4};
      if (r == 3) rank.batch = rank.experts_batch = 5;
      write_rank(scratch / ("run." + std::to_string(r) + ".flops"), rank);
    }
  }

  std::string merge_all() {
    auto all = scratch / "all.flops";
    EXPECT_EQ(shell("cd '" + (scratch / "") + "' && $FLOPWATCH merge run.*.flops -o all.flops").exit_code, 0);
    return all;
  }

  scratch_folder scratch;
  std::string first = scratch / "run.0.flops";
  std::string last = scratch / "run.3.flops";
};

TEST_F(captures, merge_says_what_it_merged) {
  auto const r = run("merge " + first + " " + last + " -o " + (scratch / "two.flops"));
  EXPECT_EQ(r.exit_code, 5) << "two of four ranks are missing";
  EXPECT_THAT(r.out, AllOf(HasSubstr("two.flops: 2 processes of 2 captures"), HasSubstr("ranks 0, 3"),
                           HasSubstr("error    process_missing")));
  auto const json = run("merge --json " + first + " -o " + (scratch / "one.flops"));
  EXPECT_THAT(json.out, AllOf(HasSubstr("\"processes\": 1"), HasSubstr("\"kind\": \"process_missing\"")));
}

TEST_F(captures, a_merged_capture_is_reported_with_its_ranks) {
  auto const all = merge_all();
  auto const r = run("report " + all);
  EXPECT_EQ(r.exit_code, 0);
  EXPECT_THAT(r.out, AllOf(HasSubstr("4 processes: ranks 0-3"), HasSubstr("uneven batches"),
                           HasSubstr("layers.0.attn 500 MACs")));
  EXPECT_THAT(run("report --json " + all).out, HasSubstr("\"differs_by\": \"uneven_batches\""));
}

TEST_F(captures, one_rank_is_shown_alone) {
  auto const all = merge_all();
  auto const r = run("report --rank 3 " + all);
  EXPECT_EQ(r.exit_code, 0);
  EXPECT_THAT(r.out,
              AllOf(HasSubstr("rank 3 of 4 on node0"), HasSubstr("1,200"), Not(HasSubstr("4 processes"))));
  auto const missing = run("report --rank 7 " + all);
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_THAT(missing.err, HasSubstr("there is no rank 7: the capture has ranks 0-3"));
  EXPECT_THAT(run("report --rank 0 " + first).err, HasSubstr("is not merged"));
}

TEST_F(captures, a_page_compares_one_rank_with_the_same_rank) {
  auto const all = merge_all();
  auto const page = scratch / "page.html";
  auto const r = run("report --rank 3 --html " + page + " --against " + all + " " + all);
  EXPECT_EQ(r.exit_code, 0) << r.err;
  std::stringstream text;
  text << std::ifstream(page).rdbuf();
  auto const only = text.str().find("Only what rank 3 of 4 recorded is shown");
  ASSERT_NE(only, std::string::npos);
  EXPECT_NE(text.str().find("Only what rank 3 of 4 recorded is shown", only + 1), std::string::npos);
  EXPECT_THAT(text.str(), Not(HasSubstr("UNLIKE</strong>")));
  auto const other = run("report --rank 3 --html " + page + " --against " + first + " " + all);
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.err, HasSubstr("is not merged"));
}

TEST_F(captures, what_cannot_be_merged_is_refused) {
  std::ofstream(scratch / "none.flops") << "no capture";
  auto const out = scratch / "all.flops";
  auto const r = run("merge " + first + " " + (scratch / "none.flops") + " -o " + out);
  EXPECT_EQ(r.exit_code, 2);
  EXPECT_THAT(r.err, HasSubstr("none.flops"));
  EXPECT_FALSE(fs::exists(out));
  EXPECT_EQ(run("merge " + first).exit_code, 2) << "without -o";
  EXPECT_EQ(run("merge -o " + out).exit_code, 2) << "without a file";
  EXPECT_EQ(run("merge --no-clobber " + first + " -o " + last).exit_code, 2);
}

#ifndef FLOPWATCH_SANITIZED
TEST_F(captures, a_merge_that_is_killed_leaves_nothing_at_the_output) {
  std::string files;
  for (int i = 0; i < 40; ++i) {
    synthetic_rank const rank{.rank = i, .batch = i, .experts_batch = i, .layers = 60};
    files += " '" + write_rank(scratch / ("large." + std::to_string(i) + ".flops"), rank).string() + "'";
  }
  auto const out = scratch / "large.flops";
  // Killed as soon as it has begun to write.
  auto const r = shell("$FLOPWATCH merge" + files + " -o '" + out + "' & p=$!; while [ ! -s '" + out +
                       ".part' ] && kill -0 $p 2>/dev/null; do :; done; kill -9 $p; wait $p; echo ended $?");
  EXPECT_THAT(r.out, HasSubstr("ended 137"));
  EXPECT_FALSE(fs::exists(out));
  EXPECT_EQ(shell("$FLOPWATCH merge" + files + " -o '" + out + "'").exit_code, 0)
      << "and it can be done again";
  EXPECT_EQ(capture_reader(out).load().processes.size(), 40U);
}

TEST_F(captures, memory_does_not_grow_with_the_number_of_captures) {
  auto const peak_kib = [&](int number) {
    std::string files;
    for (int i = 0; i < number; ++i) {
      auto const file = scratch / ("many." + std::to_string(i) + ".flops");
      if (!fs::exists(file)) write_rank(file, {.rank = i, .layers = 40});
      files += " '" + file + "'";
    }
    auto const r =
        shell("$FLOPWATCH merge" + files + " -o '" + (scratch / "many.flops") +
              "' > /dev/null & p=$!; m=0; while kill -0 $p 2>/dev/null; do n=$(awk '/VmHWM/ {print $2}' "
              "/proc/$p/status 2>/dev/null); [ \"${n:-0}\" -gt $m ] && m=$n; done; echo $m");
    return std::stol(r.out);
  };
  auto const few = peak_kib(20);
  auto const many = peak_kib(200);
  EXPECT_GT(few, 1000);
  EXPECT_LT(many - few, 6 * 1024) << few << " KiB for 20 captures, " << many << " KiB for 200";
}
#endif

TEST_F(captures, diff_shows_what_changed_and_checks_it) {
  auto const r = run("diff " + first + " " + last);
  EXPECT_EQ(r.exit_code, 0);
  EXPECT_THAT(r.out, AllOf(HasSubstr("layers.0.attn"), HasSubstr("+25.0%")));
  auto const above = run("diff --max-increase 2% " + first + " " + last);
  EXPECT_EQ(above.exit_code, 1);
  EXPECT_THAT(above.out, HasSubstr("rose by more than 2%"));
  EXPECT_EQ(run("diff --max-increase 25% " + first + " " + last).exit_code, 0);
  EXPECT_EQ(run("diff --max-increase 2% " + last + " " + first).exit_code, 0) << "a decrease";
  EXPECT_THAT(run("diff --json " + first + " " + last).out, HasSubstr("\"change\": 100"));
  auto const wrong = run("diff --max-increase much " + first + " " + last);
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("'much' is no limit"));
}

TEST_F(captures, diff_of_a_capture_that_lost_data_ends_with_5) {
  auto const lossy = scratch / "lossy.flops";
  write_rank(lossy, {.losses = {{"rows_dropped", severity::error, 1, "Dropped."}}});
  auto const r = run("diff " + first + " " + lossy);
  EXPECT_EQ(r.exit_code, 5);
  EXPECT_THAT(r.out, HasSubstr("! NOT EXACT: B lost data (rows_dropped)"));
}

TEST_F(captures, diff_takes_merged_captures) {
  auto const all = merge_all();
  EXPECT_THAT(run("diff " + first + " " + all).out, HasSubstr("! Processes: 1 in A, 4 in B."));
}

}  // namespace
}  // namespace flopwatch::test
