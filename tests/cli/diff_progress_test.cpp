// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "run_program.hpp"
#include "unit/capture/synthetic_ranks.hpp"

namespace flopwatch::test {
namespace {

/// Whoever reads the capture waits, two seconds at most.
class locked {
 public:
  explicit locked(std::string const& file) {
    EXPECT_EQ(sqlite3_open(file.c_str(), &database_), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database_, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr), SQLITE_OK);
  }
  ~locked() { release(); }
  locked(locked const&) = delete;
  locked& operator=(locked const&) = delete;
  void release() {
    sqlite3_close(database_);
    database_ = nullptr;
  }

 private:
  sqlite3* database_ = nullptr;
};

outcome diff_within(std::chrono::milliseconds each) {
  scratch_folder const scratch;
  auto const a = write_rank(scratch / "a.flops", {}).string();
  auto const b = write_rank(scratch / "b.flops", {}).string();
  locked first(a);
  locked second(b);
  std::thread releases([&] {
    std::this_thread::sleep_for(each);
    first.release();
    std::this_thread::sleep_for(each);
    second.release();
  });
  auto r = run_on_terminal({"diff", a, b}, 100, {"TERM=xterm"});
  releases.join();
  EXPECT_EQ(r.exit_code, 0) << r.out;
  return r;
}

TEST(diff_progress, is_shown_on_a_terminal_where_reading_takes_long) {
  EXPECT_THAT(diff_within(std::chrono::milliseconds(1500)).out, testing::HasSubstr("flopwatch: reading "));
}

TEST(diff_progress, is_not_shown_where_it_does_not) {
  EXPECT_THAT(diff_within(std::chrono::milliseconds(0)).out,
              testing::Not(testing::HasSubstr("flopwatch: reading ")));
}

}  // namespace
}  // namespace flopwatch::test
