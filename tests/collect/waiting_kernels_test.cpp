// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Kernels that wait for other kernels: left out by name, or named when they keep the program waiting.
#include "collect/waiting_kernels.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "collect/launch_watchdog.hpp"
#include "collect/program.hpp"
#include "flopwatch/error.hpp"
#include "flopwatch/scope.hpp"

using namespace flopwatch::test;
using flopwatch::collect::launch_watchdog;
using flopwatch::collect::open_launch;
using flopwatch::collect::wrong_with;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

constexpr char const* all_reduce =
    "_Z40ncclDevKernel_AllReduce_Sum_f32_RING_LL24ncclDevKernelArgsStorageILm4096EE";

class waiting : public collect {
 protected:
  void SetUp() override {
    collect::SetUp();
    standin_kernel_value("a", fadd_sum, 1, 0);
    standin_kernel_value(all_reduce, fadd_sum, 7, 0);
    standin_kernel_value("spins", fadd_sum, 5, 0);
  }
  [[nodiscard]] recorded launched(flopwatch::session_options options) const {
    program gpu;
    flopwatch::session session{std::move(options)};
    session.start();
    for (auto const* kernel : {"a", all_reduce, "a", "spins", "a"}) {
      flopwatch::scope const scope(kernel[0] == 'a' ? "compute" : "communicate", "Step");
      gpu.launch(kernel);
    }
    return record_of(session.stop());
  }
};

TEST_F(waiting, by_the_list_are_launched_and_not_counted) {
  auto const r = launched({.device = "cuda:0"});
  ASSERT_EQ(r.launches.size(), 5U);
  EXPECT_THAT(r.counters(1), IsEmpty());
  for (std::size_t const i : {0U, 2U, 4U}) EXPECT_EQ(r.counters(i).at(fadd_sum), 1) << i;
  EXPECT_EQ(r.counters(3).at(fadd_sum), 5);
  EXPECT_EQ(r.kernel(1), all_reduce);
  EXPECT_THAT(r.losses(), ElementsAre("waiting_kernels"));
  EXPECT_EQ(r.data.losses[0].count, 1);
  EXPECT_THAT(r.data.losses[0].text, HasSubstr("ncclDevKernel_AllReduce"));
}

TEST_F(waiting, the_user_adds_to_the_list_and_takes_away) {
  auto const r = launched({.device = "cuda:0", .waiting_kernels = {"spin", "-nccl"}});
  EXPECT_EQ(r.counters(1).at(fadd_sum), 7);
  EXPECT_THAT(r.counters(3), IsEmpty());
  EXPECT_THAT(r.losses(), ElementsAre("waiting_kernels"));
}

TEST_F(waiting, by_scope_they_are_in_the_number_of_their_scope) {
  auto const r = launched({.device = "cuda:0", .scope_depth = 1});
  EXPECT_THAT(r.losses(), IsEmpty());
  ASSERT_EQ(r.ranges.size(), 5U);
  EXPECT_EQ(r.range_counters(1).at(fadd_sum), 7);
}

TEST_F(waiting, nonsense_is_refused) {
  for (auto const* wrong : {"", "-"}) {
    EXPECT_THROW(flopwatch::session({.waiting_kernels = {wrong}}), flopwatch::usage_error);
  }
  flopwatch::session session{{.device = "cuda:0", .waiting_kernels = {"-ncll"}}};
  try {
    session.start();
    ADD_FAILURE() << "started";
  } catch (flopwatch::usage_error const& e) {
    EXPECT_THAT(e.what(), HasSubstr("\"-ncll\", which takes away what is not in the list (nccl, "));
  }
  EXPECT_EQ(wrong_with({"my_kernel", "-nccl"}), "");
}

TEST(waiting_names, each_has_a_reason) {
  for (auto const& name : flopwatch::collect::known_waiting_kernels()) {
    EXPECT_THAT(std::string(name.why), HasSubstr(" wait")) << name.part;
  }
}

TEST(launch_watchdog, reports_a_launch_that_takes_too_long_and_once) {
  using namespace std::chrono_literals;
  open_launch slow;
  open_launch quick;
  std::atomic<int> reports{0};
  std::atomic<std::int64_t> kernel{0};
  launch_watchdog const dog(
      100ms,
      [&](auto const& visit) {
        for (auto const* one : {&slow, &quick}) {
          if (auto const open = one->now()) visit(*open);
        }
      },
      [&](std::int64_t number) {
        kernel = number;
        ++reports;
      });
  slow.begins(3);
  auto const begin = std::chrono::steady_clock::now();
  while (reports == 0 && std::chrono::steady_clock::now() - begin < 30s) {
    quick.begins(4);
    std::this_thread::sleep_for(1ms);
    quick.ends();
  }
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 100ms);
  std::this_thread::sleep_for(200ms);
  EXPECT_EQ(reports, 1);
  EXPECT_EQ(kernel, 3);
  slow.ends();
}

TEST(launch_watchdog, reports_each_of_several_once) {
  using namespace std::chrono_literals;
  std::array<open_launch, 3> stuck;
  std::mutex mutex;
  std::vector<std::int64_t> reports;
  launch_watchdog const dog(
      50ms,
      [&](auto const& visit) {
        for (auto const& one : stuck) {
          if (auto const open = one.now()) visit(*open);
        }
      },
      [&](std::int64_t number) {
        std::lock_guard const lock(mutex);
        reports.push_back(number);
      });
  for (std::size_t i = 0; i < stuck.size(); ++i) stuck[i].begins(static_cast<std::int64_t>(i) + 1);
  auto const count = [&] {
    std::lock_guard const lock(mutex);
    return reports.size();
  };
  auto const begin = std::chrono::steady_clock::now();
  while (count() < 3 && std::chrono::steady_clock::now() - begin < 30s) std::this_thread::sleep_for(1ms);
  std::this_thread::sleep_for(200ms);
  stuck[1].begins(5);  // the next launch there
  while (count() < 4 && std::chrono::steady_clock::now() - begin < 30s) std::this_thread::sleep_for(1ms);
  std::this_thread::sleep_for(100ms);
  std::lock_guard const lock(mutex);
  EXPECT_THAT(reports, testing::UnorderedElementsAre(1, 2, 3, 5));
}

TEST_F(waiting, a_kernel_that_keeps_the_program_waiting_is_named) {
  if (std::getenv("FLOPWATCH_ALL_TESTS") == nullptr) GTEST_SKIP() << "takes 13 s: set FLOPWATCH_ALL_TESTS=1";
  standin_set_callback_limit_ms(60'000);
  standin_kernel_sleep("spins", 13'000'000);
  testing::internal::CaptureStderr();
  auto const r = launched({.device = "cuda:0"});
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr("the kernel spins has kept the program waiting"));
  EXPECT_THAT(r.losses(), testing::UnorderedElementsAre("waiting_kernels", "kernel_waits"));
  EXPECT_EQ(r.counters(3).at(fadd_sum), 5);
}

TEST_F(waiting, where_the_counters_are_read_the_kernel_that_is_waited_for_is_named) {
  if (std::getenv("FLOPWATCH_ALL_TESTS") == nullptr) GTEST_SKIP() << "takes 13 s: set FLOPWATCH_ALL_TESTS=1";
  standin_set_callback_limit_ms(60'000);
  program gpu;
  testing::internal::CaptureStderr();
  {
    flopwatch::session session{{.device = "cuda:0", .metrics = "cuda-core", .max_ranges = 1}};
    session.start();
    gpu.launch("earlier");
    standin_call_action(
        "cuptiRangeProfilerStop",
        [](void* /*user*/) { std::this_thread::sleep_for(std::chrono::seconds(13)); }, nullptr);
    gpu.launch("later");
    standin_call_action("cuptiRangeProfilerStop", nullptr, nullptr);
    static_cast<void>(session.stop());
  }
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr("the kernel earlier has kept the program waiting"));
}

}  // namespace
