// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Reuse where something goes wrong: the program goes on, no sum is wrong, and what is missing is named.
#include "collect/reuse_bad_input.hpp"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <future>
#include <optional>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>

#include "collect/reuse/reuse_clock.hpp"
#include "flopwatch/scope.hpp"

namespace flopwatch::test {
namespace {

using testing::Contains;
using testing::HasSubstr;

std::atomic<std::int64_t> jumping_clock_ns;

TEST_F(reuse_of_bad_input, a_clock_that_jumps_changes_no_count) {
  jumping_clock_ns = 0;
  flopwatch::collect::set_reuse_clock([] { return jumping_clock_ns.load(); });
  constexpr std::int64_t hour = 3'600'000'000'000;
  program p;
  auto o = options();
  o.reuse.budget = 0.01;
  session s(o);
  s.start();
  for (int i = 0; i < 400; ++i) {
    scope const step("step");
    for (int k = 0; k < 40; ++k) {
      p.launch("_Z3addv");
      jumping_clock_ns += 100'000;
    }
    cuCtxSynchronize();
    if (i % 7 == 0) jumping_clock_ns += hour;
    if (i % 7 == 3) jumping_clock_ns -= 2 * hour;
  }
  auto const r = record_of(s.stop());
  expect_exact(r, 400 * 40);
  // 1.6 s in all: at most the credit for learning, and a small part of it.
  EXPECT_LE(r.data.reuse_keys.at(0).checks, 200);
}

TEST_F(reuse_of_bad_input, after_a_clock_went_back_launches_are_measured_again) {
  jumping_clock_ns = 3'600'000'000'000;
  flopwatch::collect::set_reuse_clock([] { return jumping_clock_ns.load(); });
  program p;
  auto o = options();
  o.reuse.audits = false;
  session s(o);
  s.start();
  auto const launch = [&](int n) {
    for (int k = 0; k < n; ++k) {
      p.launch("_Z3addv");
      jumping_clock_ns += 5'000'000;
    }
  };
  launch(200);
  jumping_clock_ns = 0;
  launch(3000);
  auto const r = record_of(s.stop());
  expect_exact(r, 200 + 3000);
  EXPECT_GT(r.data.reuse_keys.at(0).checks, 15);
}

TEST_F(reuse_of_bad_input, a_session_that_ends_while_a_launch_is_measured_waits_for_it) {
  static std::promise<void> inside, go_on;
  inside = {}, go_on = {};
  standin_kernel_action(
      "_Z4slowv",
      [](void*) {
        inside.set_value();
        go_on.get_future().wait();
      },
      nullptr);
  program p;
  std::optional<session> s(std::in_place, options());
  s->start();
  std::thread launcher([&] {
    p.use();
    p.launch("_Z4slowv");
  });
  inside.get_future().wait();
  std::thread later([] {
    std::this_thread::sleep_for(std::chrono::milliseconds(5500));  // longer than the session's patience
    go_on.set_value();
  });
  auto const r = record_of(s->stop());
  expect_exact(r, 1, 1000);
  EXPECT_EQ(r.data.reuse_keys.at(0).checks, 1);
  launcher.join();
  later.join();
}

TEST_F(reuse_of_bad_input, a_launch_that_takes_longer_than_others_wait_is_not_mixed_with_theirs) {
  standin_kernel_sleep("_Z4slowv", 600'000);
  program p;
  auto o = options();
  o.reuse.checks = 1;
  session s(o);
  s.start();
  std::atomic<bool> ends{false};
  std::atomic<int> launched{0};
  std::thread other([&] {
    p.use();
    while (!ends) {
      p.launch("_Z3addv");
      ++launched;
      usleep(2000);
    }
  });
  usleep(20'000);
  for (int i = 0; i < 4; ++i) p.launch("_Z4slowv");
  ends = true;
  other.join();
  for (int i = 0; i < 2; ++i) p.launch("_Z4slowv");
  auto const r = record_of(s.stop());
  EXPECT_EQ(launches(r), launched + 6);
  EXPECT_EQ(sum(r), 7 * launched + 6 * 1000);
  for (auto const& key : r.data.reuse_keys) EXPECT_NE(key.kind, reuse_class::variable);
}

TEST_F(reuse_of_bad_input, waiting_for_long_launches_of_others_is_paid_from_the_budget) {
  char const* const all_reduce = "_Z30ncclDevKernel_AllReduce_Sum_fv";
  standin_kernel_sleep(all_reduce, 600'000);
  program p;
  auto o = options();
  o.reuse.learning_s = 1;
  o.reuse.budget = 0.01;
  session s(o);
  s.start();
  std::atomic<bool> ends{false};
  std::thread other([&] {
    p.use();
    while (!ends) p.launch(all_reduce);
  });
  usleep(20'000);
  auto const began = std::chrono::steady_clock::now();
  for (int i = 0; i < 3000; ++i) {
    p.launch("_Z3addv");
    if (i % 20 == 0) usleep(1000);
  }
  auto const took = std::chrono::steady_clock::now() - began;
  ends = true;
  other.join();
  auto const r = record_of(s.stop());
  EXPECT_LT(took, std::chrono::seconds(6));
  EXPECT_THAT(r.losses(), Contains("waiting_kernels"));
  EXPECT_EQ(sum(r).value_or(7 * 3000), 7 * 3000);
}

TEST_F(reuse_of_bad_input, a_launch_that_fails_while_it_is_measured_is_taken_back) {
  for (int const call : {1, 2, 3, 50}) {
    SCOPED_TRACE(call);
    program p;
    session s(options());
    s.start();
    standin_add_faults(("cuLaunchKernel#" + std::to_string(call) + "=701").c_str());
    int good = 0;
    for (int i = 0; i < 200; ++i) good += p.try_launch("_Z3addv") == CUDA_SUCCESS ? 1 : 0;
    EXPECT_EQ(good, 199);
    auto const r = record_of(s.stop());
    expect_exact(r, 199);
    standin_clear_faults();
  }
}

TEST_F(reuse_of_bad_input, a_context_that_ends_with_checks_waiting_is_read_first) {
  program const primary;
  std::optional<program> own(std::in_place, 0, program::own_context{});
  session s(options());
  s.start();
  for (int i = 0; i < 2; ++i) own->launch("_Z3addv");
  own->destroy();
  own.reset();
  primary.use();
  auto const r = record_of(s.stop());
  expect_exact(r, 2);
  EXPECT_EQ(r.data.reuse_keys.at(0).checks, 2);
}

TEST_F(reuse_of_bad_input, a_child_that_is_forked_while_a_launch_is_measured_ends) {
  static std::promise<void> inside, go_on;
  inside = {}, go_on = {};
  standin_kernel_action(
      "_Z4slowv",
      [](void*) {
        inside.set_value();
        go_on.get_future().wait();
      },
      nullptr);
  program p;
  std::optional<session> s(std::in_place, options());
  s->start();
  std::thread launcher([&] {
    p.use();
    p.launch("_Z4slowv");
  });
  inside.get_future().wait();
  pid_t const child = fork();
  if (child == 0) {
    alarm(20);
    s.reset();
    _exit(0);
  }
  go_on.set_value();
  launcher.join();
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  auto const r = record_of(s->stop());
  expect_exact(r, 1, 1000);
}

TEST_F(reuse_of_bad_input, kernels_that_cannot_be_learned_take_no_time) {
  standin_costs costs{};
  costs.launch_ns = 800'000;
  costs.range_ns = 1'000'000;
  costs.first_start_ns = costs.later_start_ns = 190'000'000;
  standin_set_costs(&costs);
  flopwatch::collect::set_reuse_clock([] { return static_cast<std::int64_t>(standin_clock_ns()); });
  program p;
  auto o = options();
  o.metrics = std::string(fadd_sum) + "," + tensor_bf16;
  o.max_ranges = 64;
  o.reuse.budget = 0.01;
  o.reuse.learning_s = 5;
  session s(o);
  s.start();
  auto const began = standin_clock_ns();
  p.launch("_Z4slowv");  // never again
  p.launch("_Z30ncclDevKernel_AllReduce_Sum_fv");
  constexpr int n = 5000;
  for (int i = 0; i < n; ++i) {
    scope const step("step");
    for (int k = 0; k < 50; ++k) p.launch("_Z3addv");
    cuCtxSynchronize();
  }
  auto const r = record_of(s.stop());
  EXPECT_EQ(launches(r), 50 * n + 2);
  auto const program_ns = 50.0 * n * 800'000;
  auto const measuring_ns = static_cast<double>(standin_clock_ns() - began) - program_ns;
  EXPECT_LE(measuring_ns, 0.012 * program_ns + 2e9);  // some turns for the one that came once
  for (auto const& a : r.data.reuse_audits) EXPECT_GE(a.audits, 5);
}

class reuse_fault : public reuse_of_bad_input, public testing::WithParamInterface<char const*> {};

/// Each call in turn, the first to the last.
TEST_P(reuse_fault, at_any_call_spoils_no_sum_and_is_named) {
  std::string const function = GetParam();
  int calls = 0;
  for (bool was_hit = true; was_hit && calls < 60;) {
    ++calls;
    SCOPED_TRACE(function + "#" + std::to_string(calls));
    standin_reset();
    SetUp();
    simulate_time();
    program p;
    auto o = options();
    session s(o);
    standin_add_faults((function + "#" + std::to_string(calls) + "=999").c_str());
    s.start();
    steps(p, 40);
    auto const r = record_of(s.stop());
    was_hit = standin_fault_hits() > 0;
    EXPECT_EQ(launches(r), 40 * 40);
    // The first start tells whether anything can be measured.
    if (calls > 1 || sum(r)) {
      EXPECT_EQ(sum(r), 40 * 40 * 7);
    }
    for (auto const& key : r.data.reuse_keys) EXPECT_NE(key.kind, reuse_class::variable);
    for (auto const& a : r.data.reuse_audits) EXPECT_EQ(a.equal, a.audits);
    if (was_hit) {
      std::vector<std::string> texts;
      for (auto const& l : r.data.losses) texts.push_back(l.text);
      EXPECT_THAT(texts, Contains(HasSubstr("999")));
    }
    standin_clear_violations();  // what follows a fault can break the rules
  }
  EXPECT_GT(calls, 3);
}

/// And all calls from some call on.
TEST_P(reuse_fault, for_good_ends_measuring_and_counts_on) {
  for (int const from : {1, 2, 5, 9}) {
    SCOPED_TRACE(from);
    standin_reset();
    SetUp();
    simulate_time();
    program p;
    session s(options());
    standin_add_faults((std::string(GetParam()) + "#" + std::to_string(from) + "+=999").c_str());
    s.start();
    steps(p, 40);
    auto const hits = standin_fault_hits();
    auto const r = record_of(s.stop());
    EXPECT_EQ(launches(r), 40 * 40);
    EXPECT_EQ(sum(r).value_or(40 * 40 * 7), 40 * 40 * 7);
    EXPECT_LE(hits, 8U) << "it is asked again and again";
  }
  standin_clear_violations();
}

INSTANTIATE_TEST_SUITE_P(every_call, reuse_fault,
                         testing::Values("cuptiRangeProfilerStart", "cuptiRangeProfilerStop",
                                         "cuptiRangeProfilerDecodeData", "cuptiRangeProfilerPushRange",
                                         "cuptiRangeProfilerPopRange", "cuptiRangeProfilerGetCounterDataInfo",
                                         "cuptiProfilerHostEvaluateToGpuValues",
                                         "cuptiRangeProfilerCounterDataImageInitialize"),
                         [](auto const& test) { return std::string(test.param); });

}  // namespace
}  // namespace flopwatch::test
