// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <fstream>
#include <sys/stat.h>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "run_program.hpp"

namespace flopwatch::test {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Synthetic: one kernel. Given to a pipe, so that the import waits for the rest of it.
constexpr char const* trace =
    R"({"traceEvents": [{"ph": "X", "cat": "kernel", "name": "k", "pid": 0, "tid": 7, "ts": 1, "dur": 1,
        "args": {"correlation": 1, "device": 0, "context": 1, "stream": 7, "grid": [1, 1, 1],
                 "block": [32, 1, 1]}}]})";

outcome import_within(std::chrono::milliseconds time) {
  scratch_folder const scratch;
  auto const pipe = scratch / "trace.json";
  EXPECT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  std::thread writer([&] {
    std::ofstream to(pipe);
    std::this_thread::sleep_for(time);
    to << trace;
  });
  auto r = run_on_terminal({"import", pipe, "-o", scratch / "out.flops"}, 100, {"TERM=xterm"});
  writer.join();
  return r;
}

TEST(import_progress, is_shown_on_a_terminal_where_an_import_takes_long) {
  auto const r = import_within(std::chrono::milliseconds(3500));
  EXPECT_THAT(r.out, HasSubstr("flopwatch: importing "));
  EXPECT_THAT(r.out, HasSubstr("Imported 1 launch"));
}

TEST(import_progress, is_not_shown_where_it_does_not) {
  EXPECT_THAT(import_within(std::chrono::milliseconds(0)).out, Not(HasSubstr("flopwatch: importing ")));
}

}  // namespace
}  // namespace flopwatch::test
