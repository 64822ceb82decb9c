// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// The files of the C++ meter have the fields of the Python meter's: both are read here.
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "flopwatch/meter_interval.hpp"

namespace flopwatch::test {
namespace {

std::string python_file(std::string const& name) {
  std::ifstream const file(std::string(FLOPWATCH_SOURCE_DIR "/python/flopwatch/_meter/") + name);
  EXPECT_TRUE(file) << name;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The words in quotes between `begin` and `end`.
std::vector<std::string> quoted_words(std::string const& text, std::string const& begin,
                                      std::string const& end) {
  auto const from = text.find(begin);
  EXPECT_NE(from, text.npos) << begin;
  auto const part = text.substr(from + begin.size(), text.find(end, from) - from - begin.size());
  std::regex const word(R"re("(\w+)")re");
  std::vector<std::string> out;
  for (std::sregex_iterator it(part.begin(), part.end(), word), none; it != none; ++it)
    out.push_back((*it)[1]);
  EXPECT_FALSE(out.empty()) << begin;
  return out;
}

std::vector<std::string> python_fields() {
  return quoted_words(python_file("to_file.py"), "_FIELDS = (", ")");
}

TEST(meter_fields, of_csv_are_those_of_python) {
  auto const amounts = python_file("amounts.py");
  std::string head;
  for (auto const& f : python_fields()) head += f + ",";
  for (auto const& p : quoted_words(amounts, "PRECISIONS = (", ")")) head += "executed_flops_" + p + ",";
  for (auto const& p : quoted_words(amounts, "PHASES = (", ")")) head += "executed_flops_" + p + ",";
  EXPECT_EQ(meter_csv_head(), head + "reasons");
}

TEST(meter_fields, of_json_lines_are_those_of_python) {
  auto expected = python_fields();
  auto const more = quoted_words(python_file("to_file.py"), "for name in _FIELDS},", "    }\n");
  expected.insert(expected.end(), more.begin(), more.end());
  std::vector<std::string> found;
  auto const line = nlohmann::ordered_json::parse(meter_json_line({}));
  for (auto const& [name, value] : line.items()) found.push_back(name);
  EXPECT_EQ(found, expected);
}

}  // namespace
}  // namespace flopwatch::test
