// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <map>
#include <new>
#include <thread>

#include <gmock/gmock.h>

#include "collect/program.hpp"
#include "flopwatch/scope.hpp"

using namespace flopwatch::test;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

class collect_many : public collect {
 protected:
  void SetUp() override {
    collect::SetUp();
    standin_set_device_count(2);
  }
};

constexpr int thread_count = 8;
constexpr int rounds = 40;

class collect_at_depth : public collect_many, public testing::WithParamInterface<int> {};

TEST_P(collect_at_depth, threads_streams_contexts_and_devices_keep_their_kernels_apart) {
  for (int t = 0; t < thread_count; ++t) {
    standin_kernel_value(("kernel" + std::to_string(t)).c_str(), fadd_sum, t + 1, 0);
  }
  program chosen(1);
  program second(1, program::own_context{});
  program third(1, program::own_context{});
  program elsewhere(0);
  std::array<program*, 4> const places{&chosen, &chosen, &second, &third};
  std::vector<CUstream> streams;
  for (auto* const place : places) streams.push_back(place->new_stream());

  flopwatch::session session{
      {.device = "cuda:1", .scope_depth = GetParam(), .isolate_ranges = true, .max_ranges = 16}};
  session.start();
  std::vector<std::thread> threads;
  for (int t = 0; t < thread_count; ++t) {
    threads.emplace_back([&, t] {
      auto const name = "kernel" + std::to_string(t);
      flopwatch::scope const scope("thread" + std::to_string(t), "Worker");
      for (int i = 0; i < rounds; ++i) {
        auto const s = static_cast<std::size_t>(i % 4);
        auto& where = *places[s];
        where.use();
        where.launch(name.c_str(), 1, 1, streams[s]);
        if (i % 10 == 0) {
          elsewhere.use();
          elsewhere.launch(name.c_str());
        }
      }
    });
  }
  for (auto& t : threads) t.join();
  auto const r = record_of(session.stop());

  std::map<std::string, int> of_thread;
  std::map<std::string, double> flops_of_thread;
  std::map<std::int64_t, std::int64_t> next_order;
  for (std::size_t i = 0; i < r.launches.size(); ++i) {
    auto const& l = r.launches[i];
    EXPECT_EQ(r.scope(i), "thread" + r.kernel(i).substr(6));
    if (!l.in_scope_range) {
      EXPECT_EQ(r.counters(i).at(fadd_sum), std::stoi(r.kernel(i).substr(6)) + 1) << i;
      flops_of_thread[r.scope(i)] += r.counters(i).at(fadd_sum);
    }
    EXPECT_EQ(l.order, next_order[l.context]++) << i;
    ++of_thread[r.scope(i)];
  }
  for (std::size_t i = 0; i < r.ranges.size(); ++i) {
    flops_of_thread[r.range_scope(i)] += r.range_counters(i).at(fadd_sum);
  }
  EXPECT_EQ(next_order.size(), 3U);
  for (int t = 0; t < thread_count; ++t) {
    auto const name = "thread" + std::to_string(t);
    EXPECT_EQ(of_thread[name], rounds) << name;
    EXPECT_EQ(flops_of_thread[name], rounds * (t + 1)) << name;
  }
  EXPECT_THAT(r.losses(), ElementsAre("launches_elsewhere"));
  EXPECT_EQ(r.data.losses[0].count, thread_count * rounds / 10);
}

INSTANTIATE_TEST_SUITE_P(by_launch_and_by_scope, collect_at_depth, testing::Values(0, 1));

TEST_F(collect_many, a_thread_may_end_with_open_scopes) {
  standin_kernel_value("a", fadd_sum, 5, 0);
  program gpu(1);
  // Never closed, and still reachable for a leak checker.
  alignas(flopwatch::scope) static std::array<unsigned char, sizeof(flopwatch::scope)> room;
  auto const r = counted({.device = "cuda:1"}, [&] {
    std::thread([&] {
      new (room.data()) flopwatch::scope("left open");
      gpu.use();
      gpu.launch("a");
    }).join();
    flopwatch::scope const here("here");
    gpu.use();
    gpu.launch("a");
  });
  ASSERT_EQ(r.launches.size(), 2U);
  EXPECT_EQ(r.scope(0), "left open");
  EXPECT_EQ(r.scope(1), "here");
  EXPECT_EQ(r.counters(0).at(fadd_sum), 5);
  EXPECT_EQ(r.counters(1).at(fadd_sum), 5);
  EXPECT_THAT(r.losses(), ElementsAre("scope_left_open"));
}

TEST_F(collect_many, a_context_that_is_destroyed_while_counted_keeps_what_it_did) {
  standin_kernel_value("a", fadd_sum, 5, 0);
  program const primary(1);
  program own(1, program::own_context{});
  flopwatch::session session{{.device = "cuda:1"}};
  session.start();
  own.use();
  own.launch("a");
  own.destroy();
  program again(1, program::own_context{});
  again.use();
  again.launch("a");
  auto const r = record_of(session.stop());
  ASSERT_EQ(r.launches.size(), 2U);
  EXPECT_EQ(r.counters(0).at(fadd_sum), 5);
  EXPECT_EQ(r.counters(1).at(fadd_sum), 5);
  EXPECT_NE(r.launches[0].context, r.launches[1].context);
  EXPECT_THAT(r.losses(), IsEmpty());
}

TEST_F(collect_many, a_session_may_end_while_threads_launch) {
  program gpu(1);
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      gpu.use();
      while (!stop) gpu.launch("a");
    });
  }
  for (int i = 0; i < 10; ++i) {
    flopwatch::session session{{.device = "cuda:1", .max_ranges = 32}};
    session.start();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    auto const result = session.stop();
    // Only a call that was in the driver when the session began can go wrong, and then a loss says so.
    for (auto const& l : result.analysis().capture.losses) {
      EXPECT_TRUE(l.kind == "ranges_unmatched" || l.kind == "ranges_dropped") << l.text;
    }
  }
  stop = true;
  for (auto& t : threads) t.join();
}

}  // namespace
