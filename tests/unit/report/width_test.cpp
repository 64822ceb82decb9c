// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <sstream>

#include <gtest/gtest.h>

#include "flopwatch/report.hpp"
#include "text/code_points.hpp"
#include "text/printable.hpp"
#include "unit/synthetic/analyses.hpp"
#include "unit/synthetic/random_analysis.hpp"

namespace flopwatch {
namespace {

void expect_fits(std::string const& report, int width, std::string const& what) {
  std::istringstream lines(report);
  for (std::string line; std::getline(lines, line);) {
    ASSERT_LE(text::display_width(line), width) << what << " at " << width << ": " << line;
  }
}

/// Said apart from the code under test: controls, C1 controls and direction marks.
bool acts_on_a_terminal(std::uint32_t c) {
  return (c < 0x20 && c != '\n') || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
         (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/// No control characters, and nothing but UTF-8.
void expect_harmless(std::string_view text, std::string const& what) {
  while (!text.empty()) {
    auto const d = text::decode_first(text);
    ASSERT_TRUE(d.valid) << what;
    ASSERT_FALSE(acts_on_a_terminal(d.code_point)) << what << ": " << d.code_point;
    text.remove_prefix(d.bytes);
  }
}

std::string without_own_colours(std::string text) {
  for (auto const* sequence :
       {"\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[33m", "\x1b[1;31m", "\x1b[1;36m"}) {
    for (auto at = text.find(sequence); at != std::string::npos; at = text.find(sequence, at)) {
      text.erase(at, std::string_view(sequence).size());
    }
  }
  return text;
}

TEST(report_width, is_never_exceeded_by_made_up_models) {
  for (auto const& [name, a] : test::all_analyses()) {
    for (int width = 60; width <= 200; ++width) expect_fits(text_report(a, {.width = width}), width, name);
  }
}

TEST(report_width, is_never_exceeded_by_random_analyses) {
  for (std::uint32_t seed = 0; seed < 120; ++seed) {
    auto const a = test::random_analysis(seed);
    auto const what = "seed " + std::to_string(seed);
    for (int const width : {60, 61, 67, 72, 80, 93, 100, 120, 141, 160, 200}) {
      auto const units = static_cast<unit_choice>(seed % 3);
      auto const report =
          text_report(a, {.units = units, .width = width, .depth = static_cast<int>(seed % 5)});
      expect_fits(report, width, what);
      expect_harmless(report, what);
    }
  }
}

TEST(report_width, is_160_at_most_when_none_is_given) {
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    expect_fits(text_report(test::random_analysis(seed)), 160, "seed " + std::to_string(seed));
  }
}

TEST(report_width, is_the_same_with_colours) {
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    auto const a = test::random_analysis(seed);
    std::istringstream plain(text_report(a, {.width = 100}));
    std::istringstream coloured(without_own_colours(text_report(a, {.width = 100, .colour = true})));
    for (std::string line, other; std::getline(plain, line);) {
      ASSERT_TRUE(std::getline(coloured, other)) << "seed " << seed;
      ASSERT_EQ(other, line) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace flopwatch
