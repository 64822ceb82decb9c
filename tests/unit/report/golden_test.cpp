// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Whole reports as they were looked at and approved. FLOPWATCH_UPDATE_GOLDEN=1 writes them again: look at
// the difference before committing it.

#include <string>

#include <gtest/gtest.h>

#include "flopwatch/report.hpp"
#include "unit/report/golden_file.hpp"
#include "unit/synthetic/analyses.hpp"
#include "unit/synthetic/training_step.hpp"
#include "unit/synthetic/unobserved_program.hpp"

namespace flopwatch {
namespace {

using test::check_golden;

TEST(golden, text_reports) {
  for (auto const& [name, a] : test::all_analyses()) {
    for (int const width : {80, 120, 160}) {
      check_golden(name + '-' + std::to_string(width) + ".txt", text_report(a, {.width = width}));
    }
  }
}

TEST(golden, text_report_of_two_levels_in_flops) {
  check_golden("measured_transformer-depth3.txt",
               text_report(test::measured_transformer(),
                           {.units = unit_choice::flops, .width = 120, .depth = 3, .explain = false}));
}

TEST(golden, coloured_text_report) {
  check_golden("lossy_with_strange_names-colour.txt",
               text_report(test::lossy_with_strange_names(), {.width = 120, .colour = true}));
}

TEST(golden, flat_reports) {
  for (auto const& [name, by] : {std::pair("kernel", flat_by::kernel),
                                 {"operator", flat_by::operator_name},
                                 {"precision", flat_by::precision}}) {
    auto const program = analyse(test::unobserved_program());
    check_golden(std::string("unobserved_program-flat-") + name + ".txt",
                 flat_report(program, by, {.width = 100}));
    check_golden(std::string("training_step-flat-") + name + ".txt",
                 flat_report(analyse(test::training_step()), by, {.width = 100}));
    check_golden(std::string("unobserved_program-flat-") + name + ".csv", csv_report(program, by));
    check_golden(std::string("training_step-flat-") + name + ".csv",
                 csv_report(analyse(test::training_step()), by));
  }
}

TEST(golden, csv_reports) {
  check_golden("lossy_with_strange_names.csv", csv_report(test::lossy_with_strange_names()));
  check_golden("unobserved_program.csv", csv_report(analyse(test::unobserved_program())));
}

TEST(golden, markdown_reports) {
  check_golden("lossy_with_strange_names-markdown.txt", markdown_report(test::lossy_with_strange_names()));
  check_golden("measured_transformer-markdown.txt",
               markdown_report(test::measured_transformer(), std::nullopt, {.depth = 3}));
  check_golden("unobserved_program-flat-kernel-markdown.txt",
               markdown_report(analyse(test::unobserved_program()), flat_by::kernel, {.rows = {.top = 3}}));
}

TEST(golden, sorted_and_chosen_rows) {
  check_golden("measured_transformer-chosen.txt",
               text_report(test::measured_transformer(),
                           {.width = 120,
                            .explain = false,
                            .rows = {.order = row_order::measured, .filter = "attn", .top = 4}}));
}

TEST(golden, json_reports) {
  check_golden("attention_rule_on_root.json", json_report(test::attention_rule_on_root()));
  check_golden("fused_encoder_layer.json", json_report(test::fused_encoder_layer()));
  check_golden("measured_transformer.json", json_report(test::measured_transformer()));
  check_golden("unobserved_program.json", json_report(analyse(test::unobserved_program())));
  check_golden("lossy_with_strange_names.json", json_report(test::lossy_with_strange_names()));
}

}  // namespace
}  // namespace flopwatch
