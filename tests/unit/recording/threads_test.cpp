// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "unit/recording/recording_fixture.hpp"

namespace {

using namespace flopwatch;
using namespace flopwatch::test;

TEST(threads, each_has_its_own_stack_and_their_rows_are_merged) {
  detail::recording recording({}, test_rules(), 1000, nobody_misses(test_rules()));
  recording.activate();
  constexpr int threads = 4;
  constexpr int steps = 500;
  std::vector<std::thread> all;
  for (int t = 0; t < threads; ++t) {
    all.emplace_back([&recording] {
      for (int i = 0; i < steps; ++i) {
        scope const s("work");
        call(recording, "my::mul");
        call(recording, "my::fused", [&] { call(recording, "my::mul"); });
      }
    });
  }
  for (auto& t : all) t.join();
  auto const data = captured(recording);
  ASSERT_EQ(data.scopes.size(), 1U);
  EXPECT_EQ(data.scopes[0].entries, threads * steps);
  EXPECT_EQ(find_call(data, "my::mul").calls, 2 * threads * steps);
  EXPECT_EQ(find_call(data, "my::mul").total.macs, 20 * threads * steps);
  EXPECT_EQ(find_call(data, "my::fused").calls, threads * steps);
  EXPECT_TRUE(data.losses.empty());
}

TEST(threads, recordings_may_end_and_begin_while_threads_work) {
  std::atomic<bool> stop{false};
  std::atomic<detail::recording*> current{nullptr};
  std::atomic<int> inside{0};
  std::vector<std::thread> all;
  for (int t = 0; t < 3; ++t) {
    all.emplace_back([&] {
      while (!stop.load()) {
        // Threads hold the recording only while it cannot be destroyed. The dispatcher observer reaches it
        // only through the record and needs no such care; the test does it instead.
        inside.fetch_add(1);
        if (auto* const r = current.load()) {
          scope const s("a");
          call(*r, "my::mul");
        }
        inside.fetch_sub(1);
      }
    });
  }
  for (int round = 0; round < 30; ++round) {
    detail::recording r({}, test_rules(), 1000);
    r.activate();
    current.store(&r);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    r.deactivate();  // threads are inside scopes and calls
    current.store(nullptr);
    auto const data = captured(r);
    for (auto const& c : data.operator_calls) EXPECT_EQ(c.total.macs, 10 * c.calls);
    while (inside.load() != 0) std::this_thread::yield();
  }
  stop.store(true);
  for (auto& t : all) t.join();
}

TEST(threads, two_threads_that_start_at_once_are_not_nested) {
  std::atomic<int> refused{0};
  std::atomic<int> accepted{0};
  std::vector<std::thread> all;
  std::atomic<int> ready{0};
  for (int t = 0; t < 2; ++t) {
    all.emplace_back([&] {
      detail::recording r({}, {}, 10);
      ++ready;
      while (ready.load() < 2) std::this_thread::yield();
      try {
        r.activate();
        ++accepted;
        while (accepted.load() + refused.load() < 2) std::this_thread::yield();
      } catch (session_error const&) {
        ++refused;
      }
    });
  }
  for (auto& t : all) t.join();
  EXPECT_EQ(accepted.load(), 1);
  EXPECT_EQ(refused.load(), 1);
}

}  // namespace
