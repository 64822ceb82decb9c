// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// The file of a session that does not come to its end: kills, exit(), fork(), a full disk.

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flopwatch/error.hpp"
#include "flopwatch/session.hpp"
#include "session/session_state.hpp"
#include "unit/recording/recording_fixture.hpp"

namespace flopwatch::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

struct running_file : testing::Test {
  running_file() {
    auto pattern = (fs::temp_directory_path() / "flopwatch-running-XXXXXX").string();
    folder = mkdtemp(pattern.data());
    file = folder / "run.flops";
    part = folder / "run.flops.part";
  }
  ~running_file() override { fs::remove_all(folder); }

  [[nodiscard]] session_options options() const {
    session_options o;
    o.capture = file;
    o.operator_rules["my::mul"] = fixed(10);
    return o;
  }

  fs::path folder, file, part;
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// Their allocators are not made for a fork() while another thread allocates: the child can wait for ever.
constexpr bool forks_are_safe = false;
#else
constexpr bool forks_are_safe = true;
#endif

void multiply(std::int64_t size = 4) {
  scope const here("step");
  if (detail::current_record() == nullptr) return;  // a warm-up
  call(
      *detail::this_thread.owner, "my::mul", [] {}, size);
}

/// Runs `f` in a child, which may end in any way. \returns its status, as waitpid gives it
int in_child(std::function<void()> const& f) {
  auto const child = fork();
  if (child == 0) {
    f();
    _exit(0);
  }
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return status;
}

std::int64_t calls_of(capture_data const& d) {
  std::int64_t sum = 0;
  for (auto const& c : d.operator_calls) sum += c.calls;
  return sum;
}

TEST_F(running_file, a_kill_leaves_what_ran_up_to_the_last_second) {
  auto const status = in_child([&] {
    session s(options());
    s.start();
    for (int i = 0; i < 500; ++i) multiply(i % 7);
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    for (int i = 500; i < 1000; ++i) multiply(i % 7);
    std::this_thread::sleep_for(std::chrono::milliseconds(2500));
    multiply();
    std::raise(SIGKILL);
  });
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  EXPECT_FALSE(fs::exists(file));
  auto const d = capture_reader(part).load();
  EXPECT_FALSE(d.complete);
  EXPECT_EQ(calls_of(d), 1000);
  ASSERT_EQ(d.operator_calls.size(), 7U);
  EXPECT_EQ(d.operator_calls[0].name, "my::mul");
  EXPECT_EQ(d.operator_calls[0].total.macs, 10 * d.operator_calls[0].calls);
  ASSERT_EQ(d.scopes.size(), 1U);
  EXPECT_EQ(d.scopes[0].entries, 1000);
  auto const r = result::open(part);
  EXPECT_EQ(r.total().operator_macs, 10'000);
  EXPECT_FALSE(r.exact());
  EXPECT_EQ(r.outcome(), exit_code::data_loss);
}

TEST_F(running_file, a_long_recording_keeps_up_and_its_end_is_whole) {
  session s(options());
  s.start();
  auto const end = std::chrono::steady_clock::now() + std::chrono::milliseconds(2500);
  std::int64_t calls = 0;
  while (std::chrono::steady_clock::now() < end) {
    multiply(calls % 100);
    ++calls;
  }
  EXPECT_GT(calls_of(capture_reader(part).load()), 0);
  auto const r = s.stop();
  EXPECT_EQ(r.total().operator_macs, 10 * calls);
  auto const d = capture_reader(file).load();
  EXPECT_TRUE(d.complete);
  EXPECT_EQ(d.operator_calls.size(), 100U);
  EXPECT_EQ(calls_of(d), calls);
  EXPECT_FALSE(fs::exists(part));
}

TEST_F(running_file, exit_with_a_static_session_keeps_the_rows) {
  auto const status = in_child([&] {
    static session s(options());
    s.start();
    multiply();
    std::exit(3);
  });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 3);
  auto const d = capture_reader(part).load();
  EXPECT_FALSE(d.complete);
  EXPECT_EQ(calls_of(d), 1);
}

TEST_F(running_file, a_count_that_throws_leaves_the_capture_that_is_there) {
  session s(options());
  s.count([] { multiply(); });
  auto const before = fs::last_write_time(file);
  EXPECT_THROW(s.count([] { throw std::logic_error("the user's own"); }), std::logic_error);
  EXPECT_EQ(fs::last_write_time(file), before);
  EXPECT_FALSE(fs::exists(part));
  EXPECT_TRUE(capture_reader(file).load().complete);
}

TEST_F(running_file, a_recording_that_ends_early_says_so_and_replaces_nothing) {
  session s(options());
  s.count([] { multiply(); });
  s.start();
  multiply();
  multiply();
  auto const r = s.state().stop_early("KeyboardInterrupt");
  EXPECT_EQ(r.total().operator_macs, 20);
  EXPECT_FALSE(r.exact());
  EXPECT_THAT(r.report(), HasSubstr("KeyboardInterrupt"));
  EXPECT_EQ(result::open(file).total().operator_macs, 10);
  EXPECT_EQ(result::open(folder / "run.flops.unfinished").total().operator_macs, 20);
}

TEST_F(running_file, a_child_cannot_stop_its_parents_session) {
  if (!forks_are_safe) GTEST_SKIP() << "fork() with a second thread";
  session s(options());
  s.start();
  multiply();
  auto const status = in_child([&] {
    if (detail::recording_active()) _exit(1);
    try {
      static_cast<void>(s.stop());
      _exit(2);
    } catch (session_error const& e) {
      if (std::string(e.what()).find("forked") == std::string::npos) _exit(3);
    }
    { auto const gone = std::move(s); }
    auto own = options();
    own.capture = folder / "child.flops";
    session mine(own);
    mine.start();
    multiply();
    multiply();
    if (mine.stop().total().operator_macs != 20) _exit(4);
  });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << WEXITSTATUS(status);
  multiply();
  EXPECT_EQ(s.stop().total().operator_macs, 20);
  EXPECT_EQ(result::open(file).total().operator_macs, 20);
  EXPECT_EQ(result::open(folder / "child.flops").total().operator_macs, 20);
}

TEST_F(running_file, a_session_starts_again_in_a_child) {
  if (!forks_are_safe) GTEST_SKIP() << "fork() with a second thread";
  session s(options());
  s.start();
  multiply();
  auto const status = in_child([&] {
    try {
      s.start();  // at its parent's path
      _exit(1);
    } catch (capture_error const& e) {
      if (std::string(e.what()).find("another process") == std::string::npos) _exit(2);
    }
    s.state().options.capture = folder / "child.flops";
    s.start();
    multiply();
    if (s.stop().total().operator_macs != 10) _exit(3);
  });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << WEXITSTATUS(status);
  EXPECT_EQ(s.stop().total().operator_macs, 10);
}

// Forks while the other thread of a session holds the record up, or writes.
TEST_F(running_file, a_child_never_waits_for_what_its_parent_does) {
  if (!forks_are_safe) GTEST_SKIP() << "fork() with a second thread";
  session s(options());
  s.start();
  auto const end = std::chrono::steady_clock::now() + std::chrono::milliseconds(2500);
  int forks = 0;
  for (; std::chrono::steady_clock::now() < end; ++forks) {
    multiply(forks % 5000);
    scope const open("around");
    auto const status = in_child([] { scope const here("in the child"); });
    ASSERT_EQ(status, 0);
  }
  auto const r = s.stop();
  EXPECT_EQ(r.total().operator_macs, 10 * forks);
}

TEST_F(running_file, on_a_full_disk_the_result_stays_in_memory) {
  auto const status = in_child([&] {
    std::signal(SIGXFSZ, SIG_DFL);
    session s(options());
    s.start();
    for (int i = 0; i < 20'000; ++i) multiply(i);
    rlimit const small{200'000, 200'000};
    setrlimit(RLIMIT_FSIZE, &small);
    auto const r = s.stop();
    if (r.total().operator_macs != 200'000) _exit(1);
    if (find_loss(r.analysis().capture, loss::capture_not_written) == nullptr) _exit(2);
    if (!r.exact()) _exit(3);
    if (r.report().find("run.flops") == std::string::npos) _exit(4);
  });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_FALSE(fs::exists(file));
}

TEST_F(running_file, a_disk_that_is_full_while_it_runs_costs_the_program_nothing) {
  auto const status = in_child([&] {
    std::signal(SIGXFSZ, SIG_DFL);
    session s(options());
    s.start();
    rlimit const small{100'000, RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &small);
    for (int i = 0; i < 20'000; ++i) multiply(i);
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    rlimit const none{RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_FSIZE, &none);
    if (s.stop().total().operator_macs != 200'000) _exit(1);
  });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST_F(running_file, two_sessions_at_one_path_are_refused_before_anything_runs) {
  if (!forks_are_safe) GTEST_SKIP() << "fork() with a second thread";
  session s(options());
  s.start();
  auto const status = in_child([&] {
    int runs = 0;
    try {
      auto o = options();
      o.warmup = 0;
      session(o).count([&] { ++runs; });
      _exit(1);
    } catch (capture_error const&) {
      _exit(runs == 0 ? 0 : 2);
    }
  });
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_NO_THROW(static_cast<void>(s.stop()));
}

}  // namespace
}  // namespace flopwatch::test
