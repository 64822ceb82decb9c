// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recheck/subprocess.hpp"

#include <csignal>
#include <cstdlib>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flopwatch/error.hpp"

namespace flopwatch::test {
using namespace recheck;
namespace {

TEST(run_in_subprocess, gives_the_answer_of_another_process) {
  auto const parent = getpid();
  auto const a = run_in_subprocess([&](progress_mark& at) {
    at.store(7);
    return getpid() == parent ? std::string("parent") : std::string("child");
  });
  EXPECT_EQ(a.text, "child");
  EXPECT_EQ(a.signal, 0);
  EXPECT_EQ(a.progress, 7);
}

TEST(run_in_subprocess, answers_may_be_long_or_empty) {
  EXPECT_EQ(run_in_subprocess([](progress_mark&) { return std::string(); }).text, "");
  std::string const large(3'000'000, 'x');
  EXPECT_EQ(run_in_subprocess([&](progress_mark&) { return std::string(large); }).text, large);
}

TEST(run_in_subprocess, errors_keep_message_and_code) {
  try {
    (void)run_in_subprocess([](progress_mark&) -> std::string {
      throw cupti_error("the chip is refused", exit_code::no_device);
    });
    FAIL();
  } catch (error const& e) {
    EXPECT_STREQ(e.what(), "the chip is refused");
    EXPECT_EQ(e.code(), exit_code::no_device);
  }
  EXPECT_THROW(
      (void)run_in_subprocess([](progress_mark&) -> std::string { throw std::runtime_error("other"); }),
      error);
}

TEST(run_in_subprocess, a_crash_is_seen_with_the_progress) {
  auto const a = run_in_subprocess([](progress_mark& at) -> std::string {
    at.store(42);
    std::signal(SIGSEGV, SIG_DFL);  // a sanitizer would catch it
    raise(SIGSEGV);
    return "not reached";
  });
  EXPECT_EQ(a.signal, SIGSEGV);
  EXPECT_EQ(a.progress, 42);
  EXPECT_EQ(a.text, "");
}

TEST(run_in_subprocess, an_end_without_an_answer_is_a_crash) {
  auto const a = run_in_subprocess([](progress_mark&) -> std::string { _exit(3); });
  EXPECT_NE(a.signal, 0);
}

#ifndef FLOPWATCH_SANITIZED
TEST(run_in_subprocess, memory_that_runs_out_is_an_error) {
  try {
    (void)run_in_subprocess([](progress_mark&) -> std::string {
      rlimit const limit{std::size_t{400} << 20, std::size_t{400} << 20};
      setrlimit(RLIMIT_AS, &limit);
      std::vector<std::string> kept;
      for (;;) kept.emplace_back(1'000'000, 'x');
    });
    FAIL();
  } catch (error const& e) {
    EXPECT_THAT(e.what(), testing::HasSubstr("out of memory"));
    EXPECT_EQ(e.code(), exit_code::usage);
  }
}
#endif

// The child holds the writing end of a pipe until it ends, whatever becomes of its parent.
TEST(run_in_subprocess, the_child_of_a_parent_that_is_killed_ends) {
  for (int const signal : {SIGKILL, SIGINT, SIGTERM}) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    auto const parent = fork();
    ASSERT_GE(parent, 0);
    if (parent == 0) {
      std::signal(signal, SIG_DFL);
      (void)run_in_subprocess([&](progress_mark&) -> std::string {
        char const ready = '!';
        if (write(ends[1], &ready, 1) != 1) _exit(1);
        for (;;) pause();
      });
      _exit(1);
    }
    close(ends[1]);
    char byte = 0;
    ASSERT_EQ(read(ends[0], &byte, 1), 1);
    kill(parent, signal);
    int status = 0;
    ASSERT_EQ(waitpid(parent, &status, 0), parent);
    pollfd end{ends[0], POLLIN, 0};
    ASSERT_EQ(poll(&end, 1, 60'000), 1)
        << "the child of a parent that got signal " << signal << " still runs";
    EXPECT_EQ(read(ends[0], &byte, 1), 0);
    close(ends[0]);
  }
}

}  // namespace
}  // namespace flopwatch::test
