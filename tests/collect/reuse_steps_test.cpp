// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Whole steps that are measured where something goes wrong: no audit, or a right one.
#include <cstdlib>
#include <optional>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>

#include "collect/reuse_bad_input.hpp"

namespace flopwatch::test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

TEST_F(reuse_of_bad_input, a_step_that_never_ends_is_no_audit) {
  simulate_time();
  program p;
  std::int64_t audits_open = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(seed);
    auto o = options();
    o.reuse.seed = seed;
    session s(o);
    s.start();
    steps(p, 20);
    std::optional<scope> open(std::in_place, "step");
    for (int k = 0; k < 10; ++k) p.launch("_Z3addv");
    auto const r = record_of(s.stop());
    open.reset();
    expect_exact(r, 20 * 40 + 10);
    ASSERT_EQ(r.data.reuse_audits.size(), 1U);
    EXPECT_EQ(r.data.reuse_audits[0].equal, r.data.reuse_audits[0].audits);
    audits_open += r.data.reuse_audits[0].audits;
  }
  EXPECT_GT(audits_open, 12);
}

TEST_F(reuse_of_bad_input, a_step_with_launches_of_another_context_is_no_audit) {
  simulate_time();
  program p;
  program other(0, program::own_context{});
  session s(options());
  p.use();
  s.start();
  for (int i = 0; i < 300; ++i) {
    scope const step("step");
    for (int k = 0; k < 40; ++k) p.launch("_Z3addv");
    if (i % 4 == 0) {
      other.use();
      for (int k = 0; k < 5; ++k) other.launch("_Z3addv");
      p.use();
    }
    cuCtxSynchronize();
  }
  auto const r = record_of(s.stop());
  expect_exact(r, 300 * 40 + 75 * 5);
  ASSERT_EQ(r.data.reuse_audits.size(), 1U);
  EXPECT_GT(r.data.reuse_audits[0].audits, 1);
  EXPECT_EQ(r.data.reuse_audits[0].equal, r.data.reuse_audits[0].audits);
}

TEST_F(reuse_of_bad_input, steps_that_cannot_be_audited_are_named_and_cost_little) {
  simulate_time();
  program p;
  auto o = options();
  o.raw = raw_choice::all;
  auto const all_reduce = "_Z30ncclDevKernel_AllReduce_Sum_fv";
  session s(o);
  s.start();
  for (int i = 0; i < 300; ++i) {
    scope const step("step");
    for (int k = 0; k < 40; ++k) p.launch("_Z3addv");
    p.launch(all_reduce);
    cuCtxSynchronize();
  }
  auto const r = record_of(s.stop());
  std::vector<std::string> texts;
  for (auto const& l : r.data.losses) texts.push_back(l.kind + ": " + l.text);
  EXPECT_THAT(texts,
              Contains(testing::AllOf(HasSubstr("reuse_not_audited"), HasSubstr("ncclDevKernel_AllReduce"))));
  std::int64_t steps_measured = 0;
  capture_reader(testing::TempDir() + "collect-steps_that_cannot_be_audited_are_named_and_cost_little.flops")
      .for_each_reuse_check([&](reuse_check_record const& c) {
        steps_measured += c.key == 0 ? 1 : 0;
        return true;
      });
  EXPECT_GE(steps_measured, 1);
  EXPECT_LE(steps_measured, 10);
}

TEST_F(reuse_of_bad_input, steps_are_audited_once_nothing_stands_in_the_way) {
  simulate_time();
  program p;
  session s(options());
  s.start();
  for (int i = 0; i < 200; ++i) {
    scope const step("step");
    for (int k = 0; k < 40; ++k) p.launch("_Z3addv");
    if (i < 30) p.launch("_Z30ncclDevKernel_AllReduce_Sum_fv");
    cuCtxSynchronize();
  }
  auto const r = record_of(s.stop());
  EXPECT_THAT(r.losses(), Not(Contains("reuse_not_audited")));
  EXPECT_GE(r.data.reuse_audits.at(0).audits, 2);
}

TEST_F(reuse_of_bad_input, a_context_that_is_reset_in_a_step_ends_the_audit) {
  simulate_time();
  program p;
  session s(options());
  s.start();
  steps(p, 30);
  {
    scope const step("step");
    p.launch("_Z3addv");
    CUdevice device = 0;
    cuDeviceGet(&device, 0);
    cuDevicePrimaryCtxReset(device);
  }
  auto const r = record_of(s.stop());
  expect_exact(r, 30 * 40 + 1);
  standin_clear_violations();  // the program lets go of a context that it has reset
}

TEST_F(reuse_of_bad_input, a_child_that_is_forked_in_an_audit_leaves_it_to_its_parent) {
  simulate_time();
  program p;
  std::optional<session> s(std::in_place, options());
  s->start();
  for (int i = 0; i < 20; ++i) {
    scope const step("step");
    for (int k = 0; k < 40; ++k) p.launch("_Z3addv");
    if (i < 15) continue;
    pid_t const child = fork();
    if (child == 0) {
      alarm(20);
      standin_add_faults(
          "cuptiRangeProfilerStop=7,cuptiRangeProfilerPopRange=7,cuptiRangeProfilerDisable=7,"
          "cuptiUnsubscribe=7,cuCtxSynchronize=1,cuCtxPushCurrent_v2=1");
      s.reset();
      _exit(standin_violations() == 0 && standin_fault_hits() == 0 ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0) << i;
  }
  auto const r = record_of(s->stop());
  expect_exact(r, 20 * 40);
  EXPECT_EQ(r.data.reuse_audits.at(0).equal, r.data.reuse_audits.at(0).audits);
}

}  // namespace
}  // namespace flopwatch::test
