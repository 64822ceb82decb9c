// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Whole reports as they were looked at and approved. FLOPWATCH_UPDATE_GOLDEN=1 writes them again: look at
// the difference before committing it.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "flopwatch/report.hpp"
#include "unit/synthetic/analyses.hpp"
#include "unit/synthetic/unobserved_program.hpp"

namespace flopwatch {
namespace {

std::filesystem::path const folder = FLOPWATCH_SOURCE_DIR "/tests/golden";

std::string read(std::filesystem::path const& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

void check(std::string const& name, std::string const& text) {
  auto const path = folder / ("synthetic-" + name);
  char const* update = std::getenv("FLOPWATCH_UPDATE_GOLDEN");
  if (update != nullptr && std::string(update) == "1") {
    std::filesystem::create_directories(folder);
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  ASSERT_TRUE(std::filesystem::exists(path)) << path << " is missing: run with FLOPWATCH_UPDATE_GOLDEN=1";
  EXPECT_EQ(read(path), text) << path;
}

TEST(golden, text_reports) {
  for (auto const& [name, a] : test::all_analyses()) {
    for (int const width : {80, 120, 160}) {
      check(name + '-' + std::to_string(width) + ".txt", text_report(a, {.width = width}));
    }
  }
}

TEST(golden, text_report_of_two_levels_in_flops) {
  check("measured_transformer-depth3.txt",
        text_report(test::measured_transformer(),
                    {.units = unit_choice::flops, .width = 120, .depth = 3, .explain = false}));
}

TEST(golden, coloured_text_report) {
  check("lossy_with_strange_names-colour.txt",
        text_report(test::lossy_with_strange_names(), {.width = 120, .colour = true}));
}

TEST(golden, json_reports) {
  check("attention_rule_on_root.json", json_report(test::attention_rule_on_root()));
  check("fused_encoder_layer.json", json_report(test::fused_encoder_layer()));
  check("measured_transformer.json", json_report(test::measured_transformer()));
  check("unobserved_program.json", json_report(analyse(test::unobserved_program())));
  check("lossy_with_strange_names.json", json_report(test::lossy_with_strange_names()));
}

}  // namespace
}  // namespace flopwatch
