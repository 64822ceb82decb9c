// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// What a session kept raw, evaluated again.
#include <unistd.h>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "collect/program.hpp"
#include "flopwatch/report.hpp"
#include "flopwatch/scope.hpp"
#include "recheck/images.hpp"
#include "unit/capture/synthetic_records.hpp"

using namespace flopwatch::test;
using flopwatch::recheck::recheck_file;
using testing::AllOf;
using testing::Contains;
using testing::Field;
using testing::HasSubstr;

namespace {

/// 50 launches of two kernels in chunks of 7.
void record(std::filesystem::path const& path, flopwatch::raw_choice raw) {
  standin_kernel_value("a", ffma_sum, 1, 2);
  standin_kernel_value("b", fadd_sum, 3, 0);
  program gpu;
  flopwatch::session session{{.device = "cuda:0", .max_ranges = 7, .raw = raw}};
  session.start();
  for (int i = 0; i < 50; ++i) gpu.launch(i % 3 == 0 ? "a" : "b", 2, 32);
  session.stop().save(path);
}

TEST_F(collect, everything_that_was_kept_is_equal_when_evaluated_again) {
  test_folder const folder;
  record(folder / "a.flops", flopwatch::raw_choice::all);
  auto const outcome = recheck_file(folder / "a.flops", false);
  EXPECT_TRUE(outcome.equal) << outcome.output;
  EXPECT_THAT(
      outcome.output,
      AllOf(HasSubstr("SYNTHETIC: "), HasSubstr("chip GH100\n"), HasSubstr("images     6 of 6 kept\n"),
            HasSubstr("launches   50 compared of 50 measured, 50 equal, 0 different\n")));
}

TEST_F(collect, a_sample_is_the_first_chunk) {
  test_folder const folder;
  record(folder / "a.flops", flopwatch::raw_choice::sample);
  auto const outcome = recheck_file(folder / "a.flops", false);
  EXPECT_TRUE(outcome.equal) << outcome.output;
  EXPECT_THAT(outcome.output, AllOf(HasSubstr("images     1 of 6 kept\n"),
                                    HasSubstr("launches   7 compared of 50 measured")));
  auto const report =
      flopwatch::text_report(flopwatch::analyse(flopwatch::capture_reader(folder / "a.flops").load()));
  EXPECT_THAT(report, HasSubstr("raw data: kept for 7 of 50 measured launches (14.0%)"));
}

TEST_F(collect, without_kept_images_there_is_nothing_to_recheck) {
  test_folder const folder;
  record(folder / "a.flops", flopwatch::raw_choice::none);
  EXPECT_THROW((void)recheck_file(folder / "a.flops", false), flopwatch::error);
}

TEST_F(collect, a_counter_that_was_changed_is_found) {
  test_folder const folder;
  record(folder / "a.flops", flopwatch::raw_choice::all);
  sql(folder / "a.flops",
      "UPDATE closed SET checksum = NULL;"
      "UPDATE counters_1 SET sm__sass_thread_inst_executed_op_ffma_pred_on_sum = 130 WHERE launch = 4");
  auto const outcome = recheck_file(folder / "a.flops", false);
  EXPECT_FALSE(outcome.equal);
  EXPECT_THAT(
      outcome.output,
      AllOf(HasSubstr("launch 3 (a), sm__sass_thread_inst_executed_op_ffma_pred_on.sum"),
            HasSubstr("in the capture 130, evaluated again 129"), HasSubstr("49 equal, 1 different")));
}

TEST_F(collect, several_passes_are_rechecked_each_against_its_own_metrics) {
  test_folder const folder;
  standin_kernel_value("gemm", tensor_bf16, 1024, 0);
  standin_kernel_value("gemm", fadd_sum, 7, 0);
  program gpu;
  flopwatch::session session{{.device = "cuda:0"}};
  session.count([&] { gpu.launch("gemm", 4, 128); }).save(folder / "a.flops");
  auto const outcome = recheck_file(folder / "a.flops", false);
  EXPECT_TRUE(outcome.equal) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("launches   1 compared of 1 measured, 1 equal"));
  auto const data = flopwatch::capture_reader(folder / "a.flops").load();
  EXPECT_EQ(flopwatch::recheckable(data), (flopwatch::recheckable_share{1, 1}));
  EXPECT_GT(data.counter_groups.size(), 1U);
}

/// 400 steps of two kernels in replay mode reuse; `gemm` is variable where `grows` is set.
void record_reused(std::filesystem::path const& path, flopwatch::raw_choice raw, bool grows = false) {
  standin_kernel_value("a", ffma_sum, 1000, 2);
  standin_kernel_value("b", fadd_sum, 7, 0);
  program gpu;
  flopwatch::session_options o{.device = "cuda:0",
                               .metrics = std::string(ffma_sum) + "," + fadd_sum + "," + tensor_bf16,
                               .max_ranges = 16,
                               .raw = raw};
  o.replay = flopwatch::replay_mode::reuse;
  o.reuse.seed = 3;
  o.reuse.budget = 1;
  o.iteration = "step";
  flopwatch::session session(o);
  session.start();
  for (int i = 0; i < 400; ++i) {
    if (grows) standin_kernel_value("a", ffma_sum, 1000 + i, 2);
    flopwatch::scope const step("step");
    gpu.launch("a", 2, 32);
    gpu.launch("b");
    gpu.launch("b");
    cuCtxSynchronize();
    usleep(200);
  }
  session.stop().save(path);
}

TEST_F(collect, checks_of_reuse_are_equal_and_their_sums_add_up) {
  test_folder const folder;
  record_reused(folder / "a.flops", flopwatch::raw_choice::all);
  auto const outcome = recheck_file(folder / "a.flops", false);
  EXPECT_TRUE(outcome.equal) << outcome.output;
  auto const data = flopwatch::capture_reader(folder / "a.flops").load();
  auto const share = flopwatch::recheckable(data);
  EXPECT_TRUE(share.of_checks);
  EXPECT_EQ(share.launches, share.measured);
  EXPECT_GT(share.launches, 12);
  EXPECT_THAT(
      outcome.output,
      AllOf(HasSubstr("SYNTHETIC: "), HasSubstr(" compared of "), HasSubstr("keys       2 of 2 follow"),
            HasSubstr("over 1,200 launches, added up again"), HasSubstr("and the sums add up")));
  EXPECT_THAT(flopwatch::text_report(flopwatch::analyse(data)), HasSubstr(" checks (100.0%)"));
}

TEST_F(collect, averages_of_reuse_follow_from_all_of_their_checks) {
  test_folder const folder;
  record_reused(folder / "a.flops", flopwatch::raw_choice::all, true);
  auto const outcome = recheck_file(folder / "a.flops", false);
  EXPECT_TRUE(outcome.equal) << outcome.output;
  auto const data = flopwatch::capture_reader(folder / "a.flops").load();
  EXPECT_THAT(data.reuse_keys,
              Contains(Field(&flopwatch::reuse_key_record::kind, flopwatch::reuse_class::variable)));
  EXPECT_THAT(outcome.output, HasSubstr(fmt::format("keys       {0} of {0} follow from kept checks\n",
                                                    data.reuse_keys.size())));
}

TEST_F(collect, a_sample_of_reuse_is_the_first_chunk_of_each_group) {
  test_folder const folder;
  record_reused(folder / "a.flops", flopwatch::raw_choice::sample);
  auto const outcome = recheck_file(folder / "a.flops", false);
  EXPECT_TRUE(outcome.equal) << outcome.output;
  auto const data = flopwatch::capture_reader(folder / "a.flops").load();
  auto const share = flopwatch::recheckable(data);
  EXPECT_GT(share.launches, 0);
  EXPECT_LT(share.launches, share.measured);
  EXPECT_THAT(outcome.output, HasSubstr(fmt::format("checks     {} compared of {} measured", share.launches,
                                                    share.measured)));
}

TEST_F(collect, changes_in_a_capture_of_reuse_are_found) {
  test_folder const folder;
  auto const path = folder / "a.flops";
  record_reused(path, flopwatch::raw_choice::all);
  auto const bytes = bytes_of(path);
  std::string const ffma = "sm__sass_thread_inst_executed_op_ffma_pred_on_sum";
  std::pair<std::string, char const*> const changes[] = {
      {"UPDATE reuse_check_counters_1 SET " + ffma + " = 5 WHERE reuse_check = 1", "evaluated again"},
      {"UPDATE reuse_key_counters_1 SET " + ffma + " = 5 WHERE reuse_key = 1", "but its checks give 1128"},
      {"UPDATE reuse_count SET launches = 399 WHERE key = 1", "its places do not have so many"},
      {"DELETE FROM reuse_check_counters_1 WHERE reuse_check = 1; DELETE FROM reuse_check WHERE id = 1",
       "missing    1 check of the images"},
  };
  for (auto const& [change, finding] : changes) {
    sql(path, "UPDATE closed SET checksum = NULL;" + change);
    auto const outcome = recheck_file(path, false);
    EXPECT_FALSE(outcome.equal) << change;
    EXPECT_THAT(outcome.output, HasSubstr(finding)) << change;
    put_bytes(path, bytes);
  }
  sql(path, "UPDATE closed SET checksum = NULL; UPDATE reuse_check SET range = 99 WHERE id = 1");
  EXPECT_THROW((void)recheck_file(path, false), flopwatch::error);
}

}  // namespace
