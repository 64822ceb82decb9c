// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.hpp"

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <pty.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace flopwatch::cli {
namespace {

using namespace std::chrono_literals;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Both ends of a terminal or a pipe; what was written comes out of `read_all`.
struct two_ends {
  int inner = -1, outer = -1;
  ~two_ends() {
    close(inner);
    close(outer);
  }
  [[nodiscard]] std::string read_all() const {
    fcntl(outer, F_SETFL, O_NONBLOCK);
    std::array<char, 4096> buffer{};
    std::string all;
    for (auto n = read(outer, buffer.data(), buffer.size()); n > 0;
         n = read(outer, buffer.data(), buffer.size()))
      all.append(buffer.data(), static_cast<std::size_t>(n));
    return all;
  }
};

two_ends terminal(unsigned short columns = 100) {
  two_ends t;
  winsize size{};
  size.ws_col = columns;
  size.ws_row = 24;
  EXPECT_EQ(openpty(&t.outer, &t.inner, nullptr, nullptr, &size), 0);
  return t;
}

class progress_line : public testing::Test {
 protected:
  progress_line() { setenv("TERM", "xterm", 1); }
};

TEST_F(progress_line, appears_on_a_terminal_and_is_erased) {
  auto const t = terminal();
  {
    progress p("reading a\x1b[31m.flops", t.inner, 10ms);
    p.reached(30, 120);
    std::this_thread::sleep_for(600ms);
  }
  auto const text = t.read_all();
  EXPECT_THAT(text, HasSubstr("flopwatch: reading a\\x1b[31m.flops, 25 %, "));
  EXPECT_THAT(text, EndsWith("\r\x1b[K"));
}

TEST_F(progress_line, fits_the_terminal) {
  auto const t = terminal(30);
  {
    progress p("reading " + std::string(200, 'x'), t.inner, 1ms);
    std::this_thread::sleep_for(100ms);
  }
  EXPECT_THAT(t.read_all(),
              testing::AllOf(HasSubstr("flopwatch"), testing::Not(HasSubstr(std::string(30, 'x')))));
}

TEST_F(progress_line, is_not_there_for_short_work) {
  auto const t = terminal();
  { progress const p("reading", t.inner, 10s); }
  EXPECT_THAT(t.read_all(), IsEmpty());
}

TEST_F(progress_line, is_not_written_to_a_pipe) {
  two_ends p;
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  p.outer = ends[0];
  p.inner = ends[1];
  {
    progress const line("reading", p.inner, 1ms);
    std::this_thread::sleep_for(100ms);
  }
  EXPECT_THAT(p.read_all(), IsEmpty());
}

TEST_F(progress_line, is_not_written_to_a_terminal_that_cannot_erase) {
  setenv("TERM", "dumb", 1);
  auto const t = terminal();
  {
    progress const p("reading", t.inner, 1ms);
    std::this_thread::sleep_for(100ms);
  }
  EXPECT_THAT(t.read_all(), IsEmpty());
}

}  // namespace
}  // namespace flopwatch::cli
