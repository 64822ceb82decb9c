// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <filesystem>
#include <future>
#include <optional>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>

#include "collect/program.hpp"

using namespace flopwatch::test;
using testing::IsEmpty;

namespace {

TEST_F(collect, a_forked_child_leaves_the_session_to_its_parent) {
  standin_kernel_value("a", fadd_sum, 2, 0);
  auto const path = std::filesystem::path(testing::TempDir()) / "collect-fork.flops";
  program gpu;
  std::optional<flopwatch::session> session(std::in_place,
                                            flopwatch::session_options{.device = "cuda:0", .capture = path});
  session->start();
  gpu.launch("a");
  pid_t const child = fork();
  if (child == 0) {
    // CUPTI and the driver cannot be called in it.
    standin_add_faults(
        "cuptiRangeProfilerStop=7,cuptiRangeProfilerDisable=7,cuptiUnsubscribe=7,cuCtxPushCurrent_v2=1,"
        "cuDevicePrimaryCtxRelease_v2=1");
    session.reset();
    _exit(standin_violations() == 0 && standin_fault_hits() == 0 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  gpu.launch("a");
  auto const r = record_of(session->stop());
  ASSERT_EQ(r.launches.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(r.counters(i).at(fadd_sum), 2) << i;
    EXPECT_EQ(r.launches[i].order, static_cast<std::int64_t>(i));
  }
  EXPECT_THAT(r.losses(), IsEmpty());
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(collect, a_child_that_is_forked_inside_a_launch_ends_its_session) {
  static std::promise<void> inside, go_on;
  inside = {}, go_on = {};
  standin_kernel_action(
      "a",
      [](void*) {
        inside.set_value();
        go_on.get_future().wait();
      },
      nullptr);
  program gpu;
  std::optional<flopwatch::session> session(std::in_place, flopwatch::session_options{.device = "cuda:0"});
  session->start();
  std::thread launcher([&] {
    gpu.use();
    gpu.launch("a");  // holds the lock of its context
  });
  inside.get_future().wait();
  pid_t const child = fork();
  if (child == 0) {
    alarm(20);
    session.reset();
    _exit(0);
  }
  go_on.set_value();
  launcher.join();
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  auto const r = record_of(session->stop());
  EXPECT_EQ(r.launches.size(), 1U);
  EXPECT_THAT(r.losses(), IsEmpty());
}

TEST_F(collect, a_child_that_ends_by_exit_writes_nothing_twice) {
  standin_kernel_value("a", fadd_sum, 2, 0);
  program gpu;
  // Chunks of one launch, so that the first is on its way to the temporary file when the child is made.
  // No thread of ours allocates meanwhile: AddressSanitizer's allocator stays locked in a child that was
  // forked then.
  flopwatch::session session{{.device = "cuda:0", .max_ranges = 1, .raw = flopwatch::raw_choice::none}};
  session.start();
  gpu.launch("a");
  gpu.launch("a");
  pid_t const child = fork();
  if (child == 0) std::exit(0);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  gpu.launch("a");
  auto const r = record_of(session.stop());
  ASSERT_EQ(r.launches.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(r.counters(i).at(fadd_sum), 2) << i;
    EXPECT_EQ(r.launches[i].order, static_cast<std::int64_t>(i));
  }
}

TEST_F(collect, a_kernel_with_a_long_name_keeps_it) {
  std::string const name = "_Z" + std::string(4000, 'k');
  standin_kernel_value(name.c_str(), fadd_sum, 2, 0);
  program gpu;
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  gpu.launch(name.c_str());
  auto const r = record_of(session.stop());
  EXPECT_EQ(r.kernel(0), name);
  EXPECT_EQ(r.counters(0).at(fadd_sum), 2);
}

}  // namespace
