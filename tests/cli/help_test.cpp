// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// The help texts come from docs/cli.md: they must agree with the parser and with the file.

#include "cli/help.hpp"

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "cli/app.hpp"

namespace flopwatch::test {
using namespace cli;
namespace {

std::string document() {
  std::ifstream file(FLOPWATCH_SOURCE_DIR "/docs/cli.md");
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

std::set<std::string> options_in(std::string const& help) {
  std::set<std::string> out;
  static std::regex const line_of_option("^  (-[a-z],)?(--[a-z-]+)");
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    std::smatch m;
    if (std::regex_search(line, m, line_of_option)) out.insert(m[2]);
  }
  return out;
}

TEST(help, lists_exactly_the_options_that_the_parser_knows) {
  for (auto const& command : all_options()) {
    std::set<std::string> known;
    for (auto const& option : command.options) {
      static std::regex const long_name("--[a-z-]+");
      std::smatch m;
      if (std::regex_search(option, m, long_name)) known.insert(m[0]);
    }
    EXPECT_EQ(options_in(help_text(command.command)), known) << command.command;
    EXPECT_GE(known.size(), 1U) << command.command;
  }
}

TEST(help, lists_exactly_the_commands_that_the_parser_knows) {
  std::set<std::string> known;
  for (auto const& command : all_options()) {
    if (!command.command.empty()) known.insert(command.command);
  }
  std::set<std::string> documented;
  std::string const text = document();
  static std::regex const heading("(^|\n)## flopwatch ([a-z]+)");
  for (std::sregex_iterator m(text.begin(), text.end(), heading), end; m != end; ++m)
    documented.insert((*m)[2]);
  EXPECT_EQ(documented, known);
  for (auto const& command : known) {
    EXPECT_NE(help_text("").find("\n  " + command + "  "), std::string::npos) << command;
  }
}

TEST(help, is_cut_from_the_document_as_it_is_now) {
  for (auto const& command : all_options()) {
    EXPECT_EQ(help_text(command.command), help_text(document(), command.command)) << command.command;
  }
}

TEST(help, fits_a_terminal) {
  for (auto const& command : all_options()) {
    std::istringstream lines(help_text(command.command));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
  }
}

TEST(help, cuts_one_section_and_takes_markdown_off) {
  std::string const text =
      "# Title\n<!-- note -->\nTop `code`.\n\n## flopwatch a\n\nFirst.\n\n```text\n--x\n```\n"
      "\n## flopwatch b\n\nSecond.\n";
  EXPECT_EQ(help_text(text, ""), "Top code.\n");
  EXPECT_EQ(help_text(text, "a"), "First.\n\n  --x\n");
  EXPECT_EQ(help_text(text, "b"), "Second.\n");
  EXPECT_THROW((void)help_text(text, "c"), std::out_of_range);
}

}  // namespace
}  // namespace flopwatch::test
