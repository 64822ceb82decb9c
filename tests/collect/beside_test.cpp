// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Launches that are not counted by themselves: they hold up no other thread, none is lost, and their order is
// that in which they came.
#include <atomic>
#include <chrono>
#include <sys/resource.h>
#include <thread>

#include <gmock/gmock.h>

#include "collect/program.hpp"
#include "collect/thread_rows.hpp"
#include "flopwatch/error.hpp"
#include "flopwatch/scope.hpp"

using namespace flopwatch::test;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

/// Why a launch is not counted by itself.
enum class uncounted : std::uint8_t { listed, beside_a_capture, waiting, in_a_scope_range };

std::string name_of(testing::TestParamInfo<uncounted> const& info) {
  switch (info.param) {
    case uncounted::listed:
      return "listed";
    case uncounted::beside_a_capture:
      return "beside_a_capture";
    case uncounted::waiting:
      return "waiting";
    case uncounted::in_a_scope_range:
      return "in_a_scope_range";
  }
  return "";
}

class beside : public collect, public testing::WithParamInterface<uncounted> {
 protected:
  [[nodiscard]] static flopwatch::session_options options() {
    flopwatch::session_options out{.device = "cuda:0", .max_ranges = 8};
    if (GetParam() == uncounted::listed) standin_set_permission(0);
    if (GetParam() == uncounted::in_a_scope_range) out.scope_depth = 1;
    return out;
  }
};

/// A launch that does not return before another thread's has.
struct meeting {
  std::atomic<bool> inside{false};
  std::atomic<bool> other_came{false};
};

void wait_for_the_other(void* user) {
  auto& m = *static_cast<meeting*>(user);
  m.inside = true;
  auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (!m.other_came && std::chrono::steady_clock::now() < end) std::this_thread::yield();
}

/// Scope ranges are left out: the launches of two threads are in two scopes, so one has to wait.
class beside_another : public beside {};

TEST_P(beside_another, a_launch_does_not_wait_for_that_of_another_thread) {
  meeting m;
  standin_kernel_action("nccl_waits", &wait_for_the_other, &m);
  program gpu;
  auto* const captured = gpu.new_stream();
  flopwatch::session session{options()};
  session.start();
  bool const captures = GetParam() == uncounted::beside_a_capture;
  if (captures) must(cuStreamBeginCapture(captured, CU_STREAM_CAPTURE_MODE_RELAXED), "cuStreamBeginCapture");
  bool in_time = false;
  std::thread waits([&] {
    gpu.use();
    gpu.launch("nccl_first");  // counting stops before it
    gpu.launch("nccl_waits");
    in_time = m.other_came;
  });
  std::thread comes([&] {
    gpu.use();
    while (!m.inside) std::this_thread::yield();
    gpu.launch("nccl_other");
    m.other_came = true;
  });
  waits.join();
  comes.join();
  if (captures) {
    CUgraph graph = nullptr;
    must(cuStreamEndCapture(captured, &graph), "cuStreamEndCapture");
  }
  EXPECT_TRUE(in_time) << "one launch kept the other one waiting";
  auto const r = record_of(session.stop());
  ASSERT_EQ(r.launches.size(), 3U);
  EXPECT_EQ(r.kernel(0), "nccl_first");
  EXPECT_EQ(r.kernel(1), "nccl_other") << "the one that returned first";
  EXPECT_EQ(r.kernel(2), "nccl_waits");
}

constexpr int thread_count = 8;
constexpr int rounds = 1500;  // more than stay in memory

TEST_P(beside, none_is_lost_while_another_thread_starts_and_stops_counting) {
  standin_kernel_value("counted", fadd_sum, 7, 0);
  standin_kernel_value("nccl", fadd_sum, 1000, 0);
  program gpu;
  auto* const captured = gpu.new_stream();
  flopwatch::session session{options()};
  session.start();
  std::atomic<bool> stop{false};
  std::int64_t counted = 0;
  std::thread counts([&] {
    gpu.use();
    while (!stop || counted < 20) {
      flopwatch::scope const scope("counts", "Net");
      for (int i = 0; i < 3; ++i, ++counted) gpu.launch("counted");
      if (GetParam() != uncounted::beside_a_capture) continue;
      must(cuStreamBeginCapture(captured, CU_STREAM_CAPTURE_MODE_RELAXED), "cuStreamBeginCapture");
      std::this_thread::sleep_for(std::chrono::microseconds(200));
      CUgraph graph = nullptr;
      must(cuStreamEndCapture(captured, &graph), "cuStreamEndCapture");
      must(cuGraphDestroy(graph), "cuGraphDestroy");
    }
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < thread_count; ++t) {
    threads.emplace_back([&] {
      gpu.use();
      for (int i = 0; i < rounds; ++i) gpu.launch("nccl", static_cast<unsigned>(i + 1));
    });
  }
  for (auto& t : threads) t.join();
  stop = true;
  counts.join();
  auto const r = record_of(session.stop());

  std::map<std::int64_t, std::int64_t> last_grid;
  std::map<std::string, std::int64_t> launches;
  std::int64_t left_out = 0;
  for (std::size_t i = 0; i < r.launches.size(); ++i) {
    auto const& l = r.launches[i];
    EXPECT_EQ(l.order, static_cast<std::int64_t>(i));
    ++launches[r.kernel(i)];
    if (r.kernel(i) == "nccl") {
      EXPECT_EQ(l.grid_x, ++last_grid[l.thread]) << "thread " << l.thread;
    }
    auto const values = r.counters(i);
    if (values.empty()) {
      left_out += l.in_scope_range ? 0 : 1;
    } else {
      EXPECT_EQ(values.at(fadd_sum), r.kernel(i) == "nccl" ? 1000 : 7);
    }
  }
  EXPECT_EQ(launches["nccl"], thread_count * rounds);
  EXPECT_EQ(launches["counted"], counted);
  EXPECT_EQ(last_grid.size(), static_cast<std::size_t>(thread_count));
  double in_ranges = 0;
  std::int64_t covered = 0;
  for (std::size_t i = 0; i < r.ranges.size(); ++i) {
    auto const value = r.range_counters(i).at(fadd_sum);
    in_ranges += value;
    covered += r.ranges[i].launches;
    EXPECT_EQ(value, static_cast<double>(r.ranges[i].launches) * (r.range_scope(i) == "counts" ? 7 : 1000));
  }
  switch (GetParam()) {
    case uncounted::listed:
      EXPECT_EQ(left_out, thread_count * rounds + counted);
      EXPECT_THAT(r.losses(), ElementsAre("counters_not_permitted"));
      break;
    case uncounted::beside_a_capture:
    case uncounted::waiting: {
      EXPECT_GE(left_out, thread_count * rounds);
      std::int64_t noted = 0;
      for (auto const& loss : r.data.losses) {
        if (loss.kind == "uncounted_may_mix") continue;  // another thread's default stream can be another one
        EXPECT_TRUE(loss.kind == "waiting_kernels" || loss.kind == "launches_beside_capture") << loss.text;
        noted += loss.count;
      }
      EXPECT_EQ(noted, left_out);
      if (GetParam() == uncounted::waiting) {
        EXPECT_EQ(left_out, thread_count * rounds);
      }
      break;
    }
    case uncounted::in_a_scope_range:
      EXPECT_EQ(covered, thread_count * rounds + counted);
      EXPECT_EQ(in_ranges, static_cast<double>(thread_count * rounds * 1000 + 7 * counted));
      EXPECT_THAT(r.losses(), IsEmpty());
      break;
  }
}

TEST_P(beside, what_the_driver_refuses_is_no_launch) {
  standin_kernel_value("nccl", fadd_sum, 1000, 0);
  program gpu;
  flopwatch::session session{options()};
  session.start();
  auto* const captured = gpu.new_stream();
  bool const captures = GetParam() == uncounted::beside_a_capture;
  if (captures) must(cuStreamBeginCapture(captured, CU_STREAM_CAPTURE_MODE_RELAXED), "cuStreamBeginCapture");
  gpu.launch("nccl");
  EXPECT_NE(gpu.try_launch("nccl", 0), CUDA_SUCCESS);
  if (captures) gpu.launch("nccl", 1, 1, captured);  // a node, no launch
  gpu.launch("nccl");
  if (captures) {
    CUgraph graph = nullptr;
    must(cuStreamEndCapture(captured, &graph), "cuStreamEndCapture");
  }
  auto const r = record_of(session.stop());
  ASSERT_EQ(r.launches.size(), 2U);
  EXPECT_EQ(r.launches[1].order, 1);
  if (GetParam() != uncounted::in_a_scope_range) return;
  ASSERT_EQ(r.ranges.size(), 1U);
  EXPECT_EQ(r.ranges[0].launches, 2);
  EXPECT_EQ(r.range_counters(0).at(fadd_sum), 2000);
}

INSTANTIATE_TEST_SUITE_P(launches, beside,
                         testing::Values(uncounted::listed, uncounted::beside_a_capture, uncounted::waiting,
                                         uncounted::in_a_scope_range),
                         name_of);
INSTANTIATE_TEST_SUITE_P(launches, beside_another,
                         testing::Values(uncounted::listed, uncounted::beside_a_capture, uncounted::waiting),
                         name_of);

// Threads that come one after the other, and contexts that come and go meanwhile.
TEST_F(collect, listed_launches_of_many_short_threads_are_all_there) {
  standin_set_permission(0);
  program gpu;
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  for (int i = 0; i < 50; ++i) {
    std::thread([&] {
      gpu.use();
      gpu.launch("a");
      program own(0, program::own_context{});
      own.use();
      own.launch("b");
      own.destroy();
      gpu.use();
      gpu.launch("a");
    }).join();
  }
  auto const r = record_of(session.stop());
  std::map<std::string, int> launches;
  std::map<std::int64_t, std::int64_t> orders;
  for (std::size_t i = 0; i < r.launches.size(); ++i) {
    ++launches[r.kernel(i)];
    EXPECT_EQ(r.launches[i].order, orders[r.launches[i].context]++);
  }
  EXPECT_EQ(launches["a"], 100);
  EXPECT_EQ(launches["b"], 50);
}

TEST(thread_rows, come_back_from_memory_and_file) {
  flopwatch::collect::thread_rows rows(nullptr);
  for (std::int64_t i = 0; i < 2000; ++i) {
    flopwatch::collect::launch_row row;
    row.order = i;
    rows.add(row);
  }
  ASSERT_EQ(rows.size(), 2000);
  for (int again = 0; again < 2; ++again) {
    rows.rewind();
    flopwatch::collect::launch_row row;
    for (std::int64_t i = 0; i < 2000; ++i) {
      ASSERT_TRUE(rows.read(row));
      EXPECT_EQ(row.order, i);
    }
    EXPECT_FALSE(rows.read(row));
  }
}

TEST(thread_rows, that_cannot_be_kept_are_counted) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "UBSan opens a pipe to look at the exception, which the test forbids";
#endif
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = 0;
  flopwatch::collect::thread_rows rows(nullptr);
  std::int64_t lost = 0;
  setrlimit(RLIMIT_NOFILE, &none);
  for (int i = 0; i < 2000; ++i) {
    try {
      rows.add({});
    } catch (flopwatch::capture_error const&) {
      lost += rows.take_lost();
    }
  }
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_GT(lost, 0);
  EXPECT_EQ(lost + rows.size(), 2000);
  EXPECT_EQ(rows.take_lost(), 0);
}

}  // namespace
