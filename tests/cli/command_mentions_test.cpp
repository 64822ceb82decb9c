// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// A message that says "flopwatch <command>" names a command that there is.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "cli/app.hpp"

namespace flopwatch::test {
namespace {

namespace fs = std::filesystem;

// What may follow the name of the program in a sentence.
std::set<std::string> const prose{
    "again",  "and",   "authors", "calls",    "cannot", "capture", "counts", "does",    "has",
    "in",     "is",    "itself",  "recorded", "knows",  "needs",   "on",     "or",      "packed",
    "raises", "reads", "rule",    "rules",    "runs",   "see",     "sees",   "session", "the",
    "then",   "to",    "under",   "was",      "which",  "with",    "writes", "test",    "tests"};

/// The text of string literals of C++ and Python, by a scan that knows comments of a line.
std::string literals_of(std::string const& source, bool is_python) {
  std::string out;
  for (std::size_t i = 0; i < source.size();) {
    bool const comment = is_python ? source[i] == '#' : source.compare(i, 2, "//") == 0;
    if (comment) {
      i = std::min(source.find('\n', i), source.size());
    } else if (source[i] == '"' || (is_python && source[i] == '\'')) {
      char const quote = source[i];
      bool const block = is_python && source.compare(i, 3, std::string(3, quote)) == 0;
      std::string const end(block ? 3 : 1, quote);
      i += end.size();
      while (i < source.size() && source.compare(i, end.size(), end) != 0) {
        if (source[i] == '\\') out += source[i++];
        if (i < source.size()) out += source[i++];
      }
      i += end.size();
      // Neighbours are one text.
      auto const next = source.find_first_not_of(" \n", i);
      if (next == std::string::npos || source[next] != quote) out += '\n';
    } else {
      i += source.compare(i, 3, "'\"'") == 0 ? 3 : 1;
    }
  }
  return out;
}

TEST(command_mentions, name_commands_that_there_are) {
  std::set<std::string> commands;
  for (auto const& c : cli::all_options()) commands.insert(c.command);
  static std::regex const mention("flopwatch ([a-z]+)");
  int found = 0;
  for (std::string const folder : {"src", "include", "python"}) {
    for (auto const& entry : fs::recursive_directory_iterator(fs::path(FLOPWATCH_SOURCE_DIR) / folder)) {
      auto const kind = entry.path().extension();
      if (kind != ".cpp" && kind != ".hpp" && kind != ".py") continue;
      std::ifstream file(entry.path());
      std::ostringstream content;
      content << file.rdbuf();
      auto const text = literals_of(content.str(), kind == ".py");
      for (std::sregex_iterator m(text.begin(), text.end(), mention), end; m != end; ++m) {
        auto const word = (*m)[1].str();
        found += commands.contains(word) ? 1 : 0;
        EXPECT_TRUE(commands.contains(word) || prose.contains(word))
            << entry.path() << " has a message with \"flopwatch " << word << "\": no such command";
      }
    }
  }
  EXPECT_GE(found, 4) << "the scan finds no messages";
}

TEST(command_mentions, are_seen_in_literals_alone) {
  EXPECT_EQ(literals_of("f(\"flopwatch \" \n \"run\"); // \"no\"\n", false), "flopwatch run\n");
  EXPECT_EQ(literals_of("f('''flopwatch run''')  # 'no'", true), "flopwatch run\n");
}

}  // namespace
}  // namespace flopwatch::test
