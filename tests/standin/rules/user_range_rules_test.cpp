// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include "rules/support.hpp"

/// \file
/// User ranges around some kernels: what is in them, what is not, and by whom it was launched.

using namespace flopwatch::test;

namespace {

class user_ranges : public standin_fixture {
 protected:
  void SetUp() override {
    standin_fixture::SetUp();
    standin_kernel_value("kernel", fma_metric, 1, 0);
    kernel_ = function("kernel");
    one_.modes.range = CUPTI_UserRange;
    one_.modes.replayMode = CUPTI_UserReplay;
  }
  void begin() {
    one_.prepare();
    ASSERT_EQ(one_.start(), 0);
  }
  std::vector<double> end() {
    EXPECT_EQ(one_.stop(), 0);
    EXPECT_EQ(one_.decode(), 0);
    auto* const host = make_host();
    std::vector<double> values;
    for (std::size_t i = 0; i < one_.names().size(); ++i) values.push_back(one_.values(i, host)[0]);
    end_host(host);
    return values;
  }
  /// In a thread of its own.
  void launch_elsewhere(CUstream stream = nullptr) {
    std::thread([&] {
      cuCtxSetCurrent(context_);
      launch(kernel_, 1, 1, stream);
    }).join();
  }

  CUfunction kernel_ = nullptr;
  profiler one_;
};

TEST_F(user_ranges, have_only_what_is_launched_inside_them) {
  begin();
  launch(kernel_);
  ASSERT_EQ(one_.push("first"), 0);
  launch(kernel_);
  launch(kernel_);
  ASSERT_EQ(one_.pop(), 0);
  for (int i = 0; i < 5; ++i) launch(kernel_);
  ASSERT_EQ(one_.push("second"), 0);
  launch(kernel_);
  ASSERT_EQ(one_.pop(), 0);
  launch(kernel_);
  EXPECT_EQ(end(), (std::vector<double>{2, 1}));
  EXPECT_EQ(standin_violations(), 0U);
}

/// In an auto range each kernel is waited for, which no capture survives (rule 35).
TEST_F(user_ranges, let_kernels_outside_of_them_run_on) {
  begin();
  CUstream stream = nullptr;
  CUgraph graph = nullptr;
  ASSERT_EQ(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING), CUDA_SUCCESS);
  ASSERT_EQ(cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_RELAXED), CUDA_SUCCESS);
  launch(kernel_, 1, 1, stream);
  CUstream other = nullptr;
  ASSERT_EQ(cuStreamCreate(&other, CU_STREAM_NON_BLOCKING), CUDA_SUCCESS);
  launch(kernel_, 1, 1, other);
  EXPECT_EQ(cuStreamEndCapture(stream, &graph), CUDA_SUCCESS);
  EXPECT_EQ(standin_violations(), 0U);
}

TEST_F(user_ranges, get_a_late_kernel_from_before_that_ends_inside_them) {
  standin_set_late_streams(1);
  CUstream stream = nullptr;
  ASSERT_EQ(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING), CUDA_SUCCESS);
  for (bool const waits : {false, true}) {
    begin();
    launch(kernel_, 1, 1, stream);  // outside
    if (waits) {
      ASSERT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
    }
    ASSERT_EQ(one_.push("one"), 0);
    launch(kernel_, 1, 1, stream);
    ASSERT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
    ASSERT_EQ(one_.pop(), 0);
    EXPECT_EQ(end(), std::vector<double>{waits ? 1.0 : 2.0});
    ASSERT_EQ(one_.disable(), 0);
  }
}

TEST_F(user_ranges, rule_37_kernels_of_another_thread) {
  standin_set_one_thread_ranges(1);
  begin();
  launch_elsewhere();  // outside of any range
  EXPECT_EQ(standin_violations(), 0U);
  ASSERT_EQ(one_.push("mine"), 0);
  launch(kernel_);
  EXPECT_EQ(standin_violations(), 0U);
  launch_elsewhere();
  expect_broken(37, 1);
  launch_elsewhere();
  expect_broken(37, 2);
  ASSERT_EQ(one_.pop(), 0);
  EXPECT_EQ(end(), std::vector<double>{3}) << "they are counted all the same";
  expect_broken(37, 2);
  standin_violation logged{};
  ASSERT_EQ(standin_violation_at(0, &logged), 0);
  EXPECT_STREQ(logged.text, "the range mine holds kernel, launched by another thread");
}

TEST_F(user_ranges, rule_37_a_range_that_another_thread_pushed) {
  standin_set_one_thread_ranges(1);
  begin();
  std::thread([&] {
    cuCtxSetCurrent(context_);
    EXPECT_EQ(one_.push("its"), 0);
    launch(kernel_);
  }).join();
  EXPECT_EQ(standin_violations(), 0U);
  launch(kernel_);
  expect_broken(37);
  ASSERT_EQ(one_.pop(), 0);
}

TEST_F(user_ranges, rule_37_is_for_where_a_kernel_ends) {
  standin_set_one_thread_ranges(1);
  standin_set_late_streams(1);
  CUstream stream = nullptr;
  ASSERT_EQ(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING), CUDA_SUCCESS);
  begin();
  launch_elsewhere(stream);  // outside, and still running
  ASSERT_EQ(one_.push("mine"), 0);
  EXPECT_EQ(standin_violations(), 0U);
  ASSERT_EQ(cuCtxSynchronize(), CUDA_SUCCESS);
  expect_broken(37);
  ASSERT_EQ(one_.pop(), 0);
}

TEST_F(user_ranges, rule_37_is_off_unless_a_test_says_so) {
  begin();
  ASSERT_EQ(one_.push("mine"), 0);
  launch_elsewhere();
  ASSERT_EQ(one_.pop(), 0);
  EXPECT_EQ(end(), std::vector<double>{1});
  EXPECT_EQ(standin_violations(), 0U);
}

TEST_F(user_ranges, rule_37_is_for_user_replay) {
  standin_set_one_thread_ranges(1);
  one_.modes.replayMode = CUPTI_ApplicationReplay;
  begin();
  ASSERT_EQ(one_.push("mine"), 0);
  launch_elsewhere();
  ASSERT_EQ(one_.pop(), 0);
  EXPECT_EQ(standin_violations(), 0U);
}

}  // namespace
