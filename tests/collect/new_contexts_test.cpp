// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Contexts that launch for the first time while a session counts, and threads that wait for each other there.
#include <atomic>
#include <chrono>
#include <thread>

#include <gmock/gmock.h>

#include "collect/program.hpp"

using namespace flopwatch::test;
using testing::IsEmpty;

namespace {

class new_contexts : public collect {
 protected:
  void SetUp() override {
    collect::SetUp();
    standin_kernel_value("a", fadd_sum, 1, 0);
    standin_kernel_value("b", fadd_sum, 2, 0);
  }
};

/// Two threads whose launches wait for each other, on two contexts.
struct meeting {
  std::atomic<bool> inside{false};
  std::atomic<bool> other_came{false};
  std::atomic<bool> in_time{false};  ///< the other one came while this one was inside
};

void wait_for_the_other(void* user) {
  auto& m = *static_cast<meeting*>(user);
  m.inside = true;
  while (!m.other_came) std::this_thread::yield();
}

TEST_F(new_contexts, stop_waits_for_a_launch_that_waits_for_another_thread) {
  meeting m;
  program gpu;
  program second(0, program::own_context{});
  standin_kernel_action("waits", &wait_for_the_other, &m);
  gpu.use();
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  second.use();
  second.launch("a");  // so that its context has a log
  std::thread waiting([&] {
    gpu.use();
    gpu.launch("waits");
  });
  while (!m.inside) std::this_thread::yield();
  std::thread comes([&] {
    second.use();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));  // until stop() waits
    second.launch("a");
    m.other_came = true;
  });
  gpu.use();
  auto const r = record_of(session.stop());
  waiting.join();
  comes.join();
  EXPECT_GE(r.launches.size(), 2U);
}

// A context that launches for the first time, whose profiler takes long to open.
TEST_F(new_contexts, a_new_context_keeps_no_other_waiting) {
  meeting m;
  program gpu;
  program second(0, program::own_context{});
  gpu.use();
  flopwatch::session session{{.device = "cuda:0", .metrics = "cuda-core"}};
  session.start();
  standin_call_action(
      "cuptiRangeProfilerEnable",
      [](void* user) {
        auto& met = *static_cast<meeting*>(user);
        met.inside = true;
        auto const end = std::chrono::steady_clock::now() + std::chrono::milliseconds(900);
        while (!met.other_came && std::chrono::steady_clock::now() < end) std::this_thread::yield();
        met.in_time = met.other_came.load();
      },
      &m);
  std::thread opens([&] {
    second.use();
    second.launch("a");
  });
  while (!m.inside) std::this_thread::yield();
  std::thread follows([&] {
    second.use();
    second.launch("b");
  });
  std::thread other([&] {
    gpu.use();
    gpu.launch("a");  // its first one
    must(cuCtxSynchronize(), "cuCtxSynchronize");
    m.other_came = true;
  });
  opens.join();
  follows.join();
  other.join();
  EXPECT_TRUE(m.in_time) << "the other context's launch waited for the profiler of the new one";
  auto const r = record_of(session.stop());
  EXPECT_THAT(r.losses(), IsEmpty());
  ASSERT_EQ(r.launches.size(), 3U) << "a launch that comes meanwhile in the new context is not lost";
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(r.counters(i).at(fadd_sum), r.kernel(i) == "a" ? 1 : 2);
}

TEST_F(new_contexts, a_session_that_stops_waits_for_the_profiler_of_a_new_context) {
  meeting m;
  program gpu;
  program second(0, program::own_context{});
  gpu.use();
  flopwatch::session session{{.device = "cuda:0", .metrics = "cuda-core"}};
  session.start();
  standin_call_action(
      "cuptiRangeProfilerEnable",
      [](void* user) {
        static_cast<meeting*>(user)->inside = true;
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
      },
      &m);
  std::thread opens([&] {
    second.use();
    second.launch("a");
  });
  while (!m.inside) std::this_thread::yield();
  auto const r = record_of(session.stop());
  opens.join();
  EXPECT_THAT(r.losses(), IsEmpty());
  EXPECT_LE(r.launches.size(), 1U) << "the session can have ended before the launch";
}

TEST_F(new_contexts, the_first_launch_of_a_context_disturbs_none) {
  program gpu;
  program second(0, program::own_context{});
  auto* const s = gpu.new_stream();
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  must(cuStreamBeginCapture(s, CU_STREAM_CAPTURE_MODE_RELAXED), "cuStreamBeginCapture");
  second.use();
  second.launch("a");
  gpu.use();
  gpu.launch("b", 1, 1, s);
  CUgraph graph = nullptr;
  must(cuStreamEndCapture(s, &graph), "cuStreamEndCapture");
  CUgraphExec exec = nullptr;
  must(cuGraphInstantiate(&exec, graph, 0), "cuGraphInstantiate");
  must(cuGraphLaunch(exec, nullptr), "cuGraphLaunch");
  second.use();
  second.launch("a");
  auto const r = record_of(session.stop());
  EXPECT_EQ(r.launches.size(), 3U);
  EXPECT_THAT(r.losses(), testing::UnorderedElementsAre("context_not_measured", "graph_not_measured"));
}

}  // namespace
