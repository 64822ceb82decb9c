// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <thread>

#include <gmock/gmock.h>

#include "collect/program.hpp"
#include "flopwatch/scope.hpp"

using namespace collect_test;
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

TEST_F(collect_many, threads_streams_contexts_and_devices_keep_their_kernels_apart) {
  for (int t = 0; t < thread_count; ++t) {
    standin_kernel_value(("kernel" + std::to_string(t)).c_str(), fadd_sum, t + 1, 0);
  }
  program chosen(1);
  program second(1, program::own_context{});
  program elsewhere(0);
  std::vector<CUstream> streams;
  for (int s = 0; s < 4; ++s) streams.push_back((s < 2 ? chosen : second).new_stream());

  flopwatch::session session{{.device = "cuda:1", .max_ranges = 16}};
  session.start();
  std::vector<std::thread> threads;
  for (int t = 0; t < thread_count; ++t) {
    threads.emplace_back([&, t] {
      auto const name = "kernel" + std::to_string(t);
      flopwatch::scope const scope("thread" + std::to_string(t), "Worker");
      for (int i = 0; i < rounds; ++i) {
        auto const s = static_cast<std::size_t>(i % 4);
        auto& where = s < 2 ? chosen : second;
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

  ASSERT_EQ(r.launches.size(), static_cast<std::size_t>(thread_count * rounds))
      << testing::PrintToString(r.data.info);
  std::map<std::string, int> of_thread;
  std::map<std::int64_t, std::int64_t> next_order;
  for (std::size_t i = 0; i < r.launches.size(); ++i) {
    auto const number = r.kernel(i).substr(6);
    EXPECT_EQ(r.counters(i).at(fadd_sum), std::stoi(number) + 1) << i;
    EXPECT_EQ(r.scope(i), "thread" + number);
    EXPECT_EQ(r.launches[i].order, next_order[r.launches[i].context]++) << i;
    ++of_thread[number];
  }
  EXPECT_EQ(next_order.size(), 2U);
  for (auto const& [thread, launches] : of_thread) EXPECT_EQ(launches, rounds) << thread;
  EXPECT_THAT(r.losses(), ElementsAre("launches_elsewhere"));
  EXPECT_EQ(r.data.losses[0].count, thread_count * rounds / 10);
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
    // A call that was in the driver when the session began is the only thing that can go amiss, and is said.
    for (auto const& l : result.analysis().capture.losses) {
      EXPECT_TRUE(l.kind == "ranges_unmatched" || l.kind == "ranges_dropped") << l.text;
    }
  }
  stop = true;
  for (auto& t : threads) t.join();
}

}  // namespace
