// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Rows of a recording that still runs.
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/capture/synthetic_records.hpp"

namespace flopwatch::test {
namespace {

unfinished_rows rows_of(synthetic_records const& s) {
  unfinished_rows rows;
  rows.modules = s.modules;
  rows.module_paths = s.module_paths;
  rows.scopes = s.scopes;
  rows.operator_calls = s.operator_calls;
  rows.formula_calls = s.formula_calls;
  rows.losses = s.losses;
  return rows;
}

TEST(unfinished, later_rows_take_the_place_of_earlier_ones) {
  test_folder const folder;
  synthetic_records s;
  capture_writer w(folder / "a.flops");
  w.put_unfinished(rows_of(s));
  unfinished_rows changed;
  changed.operator_calls = {s.operator_calls.at(0)};
  changed.operator_calls[0].calls += 5;
  w.put_unfinished(changed);
  auto const d = capture_reader(w.path()).load();
  EXPECT_FALSE(d.complete);
  EXPECT_EQ(d.modules, s.modules);
  EXPECT_EQ(d.scopes, s.scopes);
  s.operator_calls[0].calls += 5;
  EXPECT_EQ(d.operator_calls, s.operator_calls);
}

TEST(unfinished, the_whole_takes_their_place) {
  test_folder const folder;
  synthetic_records const s;
  capture_writer direct(folder / "direct.flops");
  write(direct, s);
  direct.close();
  capture_writer w(folder / "a.flops");
  w.set_info("measured_reason", "stale");
  w.put_unfinished(rows_of(s));
  w.begin_whole();
  write(w, s);
  w.end_whole();
  w.close();
  auto const d = capture_reader(folder / "a.flops").load();
  EXPECT_TRUE(d.complete);
  EXPECT_TRUE(same_tables(d, capture_reader(folder / "direct.flops").load()));
}

std::vector<metric_record> two_metrics() { return {{1, 1, "b.sum", "inst", 0}, {2, 1, "a.sum", "inst", 0}}; }

launch_record launch(std::int64_t id, std::vector<std::optional<double>> counters) {
  launch_record r;
  r.id = id;
  r.plan = 1;
  r.kernel = 1;
  r.order = id;
  r.counters = std::move(counters);
  return r;
}

/// Two launches, the second of which waits for its counters.
unfinished_rows rows_with_launches() {
  unfinished_rows rows;
  rows.metrics = two_metrics();
  rows.kernels = {{1, "k", "k"}};
  rows.launches = {launch(70, {3.0, 4.0}), launch(80, {std::nullopt, std::nullopt})};
  rows.info = {{"measured", "collected"}, {"measured_reason", ""}};
  return rows;
}

TEST(unfinished, a_launch_gets_its_counters_when_they_are_read) {
  test_folder const folder;
  capture_writer w(folder / "a.flops");
  w.set_info("measured_reason", "stale");
  w.put_unfinished(rows_with_launches());
  EXPECT_EQ(launches_of(capture_reader(w.path())), rows_with_launches().launches);
  unfinished_rows read;
  read.launches = {launch(80, {5.0, 6.5})};
  w.put_unfinished(read);
  capture_reader const reader(w.path());
  EXPECT_THAT(launches_of(reader), testing::ElementsAre(launch(70, {3.0, 4.0}), launch(80, {5.0, 6.5})));
  auto const d = reader.load();
  EXPECT_FALSE(d.complete);
  EXPECT_EQ(d.metrics, two_metrics());
  EXPECT_EQ(d.info.at("measured"), "collected");
  EXPECT_FALSE(d.info.contains("measured_reason"));
}

void write_whole_with_launches(capture_writer& w) {
  w.add_plan(1, two_metrics());
  w.add(kernel_record{1, "k", "k"});
  for (std::int64_t id = 1; id <= 30'000; ++id) w.add(launch(id, {1.0, 2.0}));
}

TEST(unfinished, the_whole_takes_the_place_of_launches) {
  test_folder const folder;
  synthetic_records const s;
  capture_writer w(folder / "a.flops");
  w.put_unfinished(rows_of(s));
  w.put_unfinished(rows_with_launches());
  w.begin_whole();
  w.end_whole();
  write_whole_with_launches(w);
  w.close();
  capture_reader const reader(folder / "a.flops");
  EXPECT_TRUE(reader.load().complete);
  auto const all = launches_of(reader);
  ASSERT_EQ(all.size(), 30'000U);
  EXPECT_EQ(all.back(), launch(30'000, {1.0, 2.0}));
}

/// What is left of a recording with unfinished launches that is killed where `at` says.
std::vector<launch_record> left_by(std::filesystem::path const& file, void (*at)(capture_writer&)) {
  auto const child = fork();
  if (child == 0) {
    capture_writer w(file);
    w.put_unfinished(rows_with_launches());
    at(w);
    std::raise(SIGKILL);
    _exit(0);
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  return launches_of(capture_reader(file.string() + ".part"));
}

TEST(unfinished, a_crash_while_the_whole_is_written_leaves_the_launches_that_there_were) {
  test_folder const folder;
  EXPECT_EQ(left_by(folder / "before.flops", [](capture_writer&) {}), rows_with_launches().launches);
  auto const half = left_by(folder / "half.flops", [](capture_writer& w) {
    w.begin_whole();
    w.end_whole();
    write_whole_with_launches(w);
  });
  EXPECT_EQ(half, rows_with_launches().launches);
}

TEST(unfinished, half_of_the_whole_replaces_nothing) {
  test_folder const folder;
  {
    capture_writer w(folder / "a.flops");
    w.put_unfinished(rows_with_launches());
    w.begin_whole();
    w.end_whole();
    write_whole_with_launches(w);
  }
  EXPECT_EQ(launches_of(capture_reader(folder / "a.flops.part")), rows_with_launches().launches);
}

TEST(unfinished, a_crash_before_the_end_of_the_whole_leaves_them) {
  test_folder const folder;
  synthetic_records const s;
  auto const child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    capture_writer w(folder / "a.flops");
    w.put_unfinished(rows_of(s));
    w.begin_whole();
    for (std::int64_t i = 1; i < 50'000; ++i) w.add(kernel_record{i, "k", "k"});
    std::raise(SIGKILL);
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  auto const d = capture_reader(folder / "a.flops.part").load();
  EXPECT_FALSE(d.complete);
  EXPECT_EQ(d.operator_calls, s.operator_calls);
  EXPECT_TRUE(d.kernels.empty());
}

}  // namespace
}  // namespace flopwatch::test
