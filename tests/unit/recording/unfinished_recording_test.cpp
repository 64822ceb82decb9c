// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// What a recording that still runs shows of itself, while its threads go on.

#include "recording/unfinished_recording.hpp"

#include <atomic>
#include <chrono>
#include <map>
#include <optional>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "unit/recording/recording_fixture.hpp"

namespace flopwatch::test {
namespace {

/// As the tables of a capture: the last row of an id stays.
struct table {
  std::map<std::int64_t, scope_record> scopes;
  std::map<std::int64_t, operator_call_record> calls;
  std::map<std::string, data_loss_record> losses;

  void take(unfinished_rows const& rows) {
    for (auto const& r : rows.scopes) scopes[r.id] = r;
    for (auto const& r : rows.operator_calls) calls[r.id] = r;
    for (auto const& r : rows.losses) losses[r.kind] = r;
  }
  [[nodiscard]] std::int64_t sum(operator_status status) const {
    std::int64_t all = 0;
    for (auto const& [id, r] : calls) all += r.status == status ? r.calls : 0;
    return all;
  }
};

struct unfinished_recording : testing::Test {
  unfinished_recording() { recording.activate(); }

  void collect() {
    rows.collect([&](unfinished_rows const& r) { seen.take(r); }, [] { return true; });
  }

  detail::recording recording{{}, test_rules(), 1U << 20U, nobody_misses(test_rules())};
  detail::unfinished_recording rows{recording};
  table seen;
};

TEST_F(unfinished_recording, gives_what_is_new_once) {
  scope const outer("outer");
  call(recording, "my::mul", [] {});
  collect();
  EXPECT_EQ(seen.sum(operator_status::counted), 1);
  EXPECT_EQ(seen.calls.begin()->second.total.macs, 10);
  ASSERT_EQ(seen.scopes.size(), 1U);
  EXPECT_EQ(seen.calls.begin()->second.scope, seen.scopes.begin()->first);
  seen = {};
  collect();
  EXPECT_TRUE(seen.calls.empty() && seen.scopes.empty());
  call(recording, "my::mul", [] {});
  call(recording, "my::refuses", [] {});
  collect();
  EXPECT_EQ(seen.sum(operator_status::counted), 2);
  EXPECT_EQ(seen.sum(operator_status::unsupported), 1);
  EXPECT_TRUE(seen.scopes.empty()) << "the scope was not entered again";
}

TEST_F(unfinished_recording, equal_paths_of_threads_are_one_scope) {
  for (int i = 0; i < 3; ++i) {
    std::thread([&] {
      scope const here("part");
      call(recording, "my::mul", [] {});
    }).join();
    collect();
  }
  ASSERT_EQ(seen.scopes.size(), 1U);
  EXPECT_EQ(seen.scopes.begin()->second.entries, 3);
  EXPECT_EQ(seen.sum(operator_status::counted), 3);
}

TEST_F(unfinished_recording, says_what_was_lost) {
  call(recording, "my::throws", [] {});
  collect();
  EXPECT_EQ(seen.losses.at("rule_failed").count, 1);
}

TEST_F(unfinished_recording, threads_go_on_meanwhile_and_nothing_is_lost) {
  constexpr int threads = 4;
  constexpr int steps = 20'000;
  std::atomic<int> running{threads};
  std::vector<std::thread> all;
  for (int t = 0; t < threads; ++t) {
    all.emplace_back([&] {
      for (int i = 0; i < steps; ++i) {
        scope const step(i % 2 == 0 ? "even" : "odd");
        call(
            recording, "my::mul", [] {}, i % 3000);
      }
      --running;
    });
  }
  std::int64_t before = 0;
  while (running > 0) {
    collect();
    auto const now = seen.sum(operator_status::counted);
    EXPECT_GE(now, before);
    before = now;
  }
  for (auto& t : all) t.join();
  collect();
  EXPECT_EQ(seen.sum(operator_status::counted), threads * steps);
  std::int64_t entries = 0;
  for (auto const& [id, s] : seen.scopes) entries += s.entries;
  EXPECT_EQ(entries, threads * steps);
  EXPECT_EQ(seen.scopes.size(), 2U);
}

TEST_F(unfinished_recording, a_child_never_waits_for_the_pause_of_its_parent) {
  std::optional<scope> around;
  around.emplace("around");
  std::optional<detail::record_pause> pause;
  pause.emplace(*recording.threads_now().at(0), std::chrono::milliseconds(1));
  auto const child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    alarm(20);  // against a hang
    around.reset();
    _exit(0);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  pause.reset();
  around.reset();
}

// A rule of the user's may take as long as it likes: the thread is left out, and not waited for.
TEST_F(unfinished_recording, a_thread_inside_a_rule_is_left_out) {
  std::atomic<bool> inside{false};
  std::atomic<bool> go_on{false};
  auto rules = test_rules();
  rules["my::slow"] = [&](operator_call const&) {
    inside = true;
    while (!go_on) std::this_thread::yield();
    return operator_work{{5, 5, 0}, precision::fp32};
  };
  recording.deactivate();
  detail::recording slow({}, rules, 100, nobody_misses(rules));
  slow.activate();
  detail::unfinished_recording of_slow(slow);
  std::thread user([&] { call(slow, "my::slow", [] {}); });
  while (!inside) std::this_thread::yield();
  of_slow.collect([&](unfinished_rows const& r) { seen.take(r); }, [] { return true; });
  EXPECT_TRUE(seen.calls.empty());
  go_on = true;
  user.join();
  of_slow.collect([&](unfinished_rows const& r) { seen.take(r); }, [] { return true; });
  EXPECT_EQ(seen.sum(operator_status::counted), 1);
  slow.deactivate();
}

}  // namespace
}  // namespace flopwatch::test
