// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// What a session of replay mode reuse knows while it runs.
#include <atomic>
#include <cmath>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "collect/program.hpp"
#include "flopwatch/error.hpp"

namespace flopwatch::test {
namespace {

constexpr std::int64_t gemm_flops = 2 * (1000 + 2 * 64);  ///< a fused multiply-add is 2
constexpr std::int64_t add_flops = 7;

class reading_reuse : public collect {
 protected:
  void SetUp() override {
    collect::SetUp();
    standin_kernel_value("_Z4gemmv", ffma_sum, 1000, 2);
    standin_kernel_value("_Z3addv", fadd_sum, 7, 0);
  }
  static session_options options() {
    session_options o{.device = "cuda:0", .metrics = "cuda-core", .replay = replay_mode::reuse};
    o.max_ranges = 4;
    o.reuse.seed = 1;
    return o;
  }
  static std::int64_t outside_flops(reused_work const& work) {
    std::int64_t out = 0;
    for (auto const& part : work.parts) {
      EXPECT_EQ(part.multiply_add_flops, 0);
      EXPECT_EQ(part.other_flops, 0);
      EXPECT_EQ(part.precision, precision::fp32);
      out += part.outside_flops;
    }
    return out;
  }
};

TEST_F(reading_reuse, has_the_launches_since_the_last_reading) {
  program p;
  session session(options());
  session.start();
  for (int i = 0; i < 20; ++i) {
    p.launch("_Z4gemmv", 2, 32);
    p.launch("_Z3addv");
  }
  reuse_mark mark;
  static_cast<void>(session.reused_since(mark));
  for (std::int64_t step = 1; step <= 5; ++step) {
    for (std::int64_t i = 0; i < step; ++i) p.launch("_Z4gemmv", 2, 32);
    p.launch("_Z3addv");
    auto const work = session.reused_since(mark);
    EXPECT_EQ(work.launches, step + 1);
    EXPECT_EQ(work.not_learned_launches, 0);
    EXPECT_EQ(outside_flops(work), step * gemm_flops + add_flops);
    EXPECT_EQ(work.bound_flops, 0);
  }
  auto const nothing = session.reused_since(mark);
  EXPECT_EQ(nothing.launches, 0);
  EXPECT_TRUE(nothing.parts.empty());
}

TEST_F(reading_reuse, of_all_launches_is_what_the_capture_has) {
  program p;
  session session(options());
  session.start();
  for (int i = 0; i < 300; ++i) {
    p.launch("_Z4gemmv", 2, 32);
    if (i % 3 == 0) p.launch("_Z3addv");
  }
  auto const work = session.reused_so_far();
  auto const r = record_of(session.stop());
  EXPECT_EQ(work.launches, 400);
  EXPECT_EQ(outside_flops(work), 300 * gemm_flops + 100 * add_flops);
  std::int64_t captured = 0;
  for (auto const& g : r.data.launch_groups) {
    captured += 2 * g.sums.at(ffma_sum).value() + g.sums.at(fadd_sum).value();
  }
  EXPECT_EQ(outside_flops(work), captured);
}

TEST_F(reading_reuse, names_launches_that_were_not_measured_yet) {
  program p;
  session session(options());
  session.start();
  p.launch("_Z3addv");
  auto const early = session.reused_so_far();
  EXPECT_EQ(early.launches, 1);
  EXPECT_EQ(early.not_learned_launches, 1);
  EXPECT_TRUE(early.parts.empty());
  EXPECT_FALSE(early.whole());
  for (int i = 0; i < 10; ++i) p.launch("_Z3addv");
  must(cuCtxSynchronize(), "cuCtxSynchronize");  // here checks are read
  EXPECT_EQ(session.reused_so_far().not_learned_launches, 0);
  EXPECT_EQ(outside_flops(session.reused_so_far()), 11 * add_flops);
}

TEST_F(reading_reuse, lacks_a_key_that_one_group_has_not_measured) {
  standin_kernel_value("_Z3addv", tensor_bf16, 64, 0);
  program p;
  auto o = options();
  o.metrics = std::string(ffma_sum) + "," + tensor_bf16;
  o.reuse.checks = 1000;  // the first group never has enough, and keeps its turn
  session session(o);
  session.start();
  for (int i = 0; i < 4; ++i) p.launch("_Z3addv");
  auto const work = session.reused_so_far();
  EXPECT_TRUE(work.tensor_metrics);
  EXPECT_EQ(work.not_learned_launches, 4);
  EXPECT_TRUE(work.parts.empty());
}

TEST_F(reading_reuse, says_that_tensor_cores_were_not_counted) {
  program p;
  session session(options());
  session.start();
  for (int i = 0; i < 20; ++i) p.launch("_Z3addv");
  must(cuCtxSynchronize(), "cuCtxSynchronize");
  auto const work = session.reused_so_far();
  EXPECT_EQ(work.not_learned_launches, 0);
  EXPECT_FALSE(work.tensor_metrics);
  EXPECT_FALSE(work.whole());
}

TEST_F(reading_reuse, names_launches_that_are_never_measured) {
  program p;
  session session(options());
  session.start();
  for (int i = 0; i < 20; ++i) p.launch("_Z30ncclDevKernel_AllReduce_Sum_fv");
  auto const work = session.reused_so_far();
  EXPECT_EQ(work.launches, 20);
  EXPECT_EQ(work.never_measured_launches, 20);
  EXPECT_EQ(work.not_learned_launches, 0);
  EXPECT_FALSE(work.whole());
}

TEST_F(reading_reuse, names_launches_on_other_devices) {
  standin_set_device_count(2);
  program const first(0);
  program second(1);
  session session(options());
  session.start();
  second.use();
  for (int i = 0; i < 5; ++i) second.launch("_Z3addv");
  auto const work = session.reused_so_far();
  EXPECT_EQ(work.launches, 0);
  EXPECT_EQ(work.elsewhere_launches, 5);
  EXPECT_FALSE(work.whole());
}

TEST_F(reading_reuse, of_a_gpu_that_refuses_says_why) {
  standin_set_permission(0);
  program p;
  session session(options());
  session.start();
  for (int i = 0; i < 10; ++i) p.launch("_Z3addv");
  auto const work = session.reused_so_far();
  EXPECT_THAT(work.refusal, testing::HasSubstr("administrators"));
  EXPECT_EQ(work.not_learned_launches, work.launches);
  EXPECT_TRUE(work.parts.empty());
}

TEST_F(reading_reuse, bounds_launches_that_differ) {
  double const values[] = {100, 220, 90, 150, 310, 40, 120};
  standin_kernel_values("_Z6sparsev", fadd_sum, values, 7);
  program p;
  auto o = options();
  o.reuse.checks = 200;
  session session(o);
  session.start();
  for (int i = 0; i < 700; ++i) p.launch("_Z6sparsev");
  reuse_mark mark;
  auto const all = session.reused_since(mark);
  EXPECT_EQ(all.variable_launches, 700);
  constexpr double mean = (100 + 220 + 90 + 150 + 310 + 40 + 120) / 7.0;
  EXPECT_GT(all.bound_flops, 0);
  EXPECT_NEAR(static_cast<double>(outside_flops(all)), 700 * mean, 1.5 * all.bound_flops);
  for (int i = 0; i < 70; ++i) p.launch("_Z6sparsev");
  auto const some = session.reused_since(mark);
  EXPECT_EQ(some.variable_launches, 70);
  EXPECT_NEAR(static_cast<double>(outside_flops(some)), 70 * mean, 1.5 * some.bound_flops);
  EXPECT_LT(some.bound_flops, 70 * mean);
}

TEST_F(reading_reuse, while_other_threads_launch_loses_nothing) {
  program p;
  session session(options());
  session.start();
  std::vector<std::thread> threads;
  std::atomic<int> running{4};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      p.use();
      for (int i = 0; i < 2000; ++i) p.launch(i % 2 == 0 ? "_Z4gemmv" : "_Z3addv", 2, 32);
      --running;
    });
  }
  reuse_mark mark;
  std::int64_t launches = 0;
  while (running > 0) launches += session.reused_since(mark).launches;
  for (auto& t : threads) t.join();
  launches += session.reused_since(mark).launches;
  EXPECT_EQ(launches, 8000);
  EXPECT_EQ(outside_flops(session.reused_so_far()), 4000 * gemm_flops + 4000 * add_flops);
}

TEST_F(reading_reuse, needs_a_session_that_records_in_that_mode) {
  program const p;
  session idle(options());
  EXPECT_THROW(static_cast<void>(idle.reused_so_far()), session_error);
  session other{{.device = "cuda:0"}};
  other.start();
  EXPECT_THROW(static_cast<void>(other.reused_so_far()), usage_error);
}

}  // namespace
}  // namespace flopwatch::test
