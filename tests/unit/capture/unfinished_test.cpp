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
