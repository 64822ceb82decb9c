// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// `flopwatch metrics`, in this process: the sanitizers end a program that lets CUPTI load as it wants to.

#include <sstream>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "cli/app.hpp"

namespace flopwatch::cli {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;

struct outcome {
  int code = 0;
  std::string out;
  std::string err;
};

outcome metrics(std::vector<char const*> arguments) {
  arguments.insert(arguments.begin(), {"flopwatch", "metrics"});
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  outcome o;
  o.code = run(static_cast<int>(arguments.size()), arguments.data());
  o.out = ::testing::internal::GetCapturedStdout();
  o.err = ::testing::internal::GetCapturedStderr();
  return o;
}

nlohmann::json json(std::vector<char const*> arguments) {
  arguments.push_back("--json");
  auto const o = metrics(std::move(arguments));
  EXPECT_EQ(o.code, 0) << o.err;
  return nlohmann::json::parse(o.out);
}

TEST(metrics, shows_the_plan_of_a_chip) {
  auto const o = metrics({"--chip", "gh100"});
  EXPECT_EQ(o.code, 0);
  EXPECT_EQ(o.err, "");
  EXPECT_THAT(o.out, HasSubstr("GH100, set full: 7 passes in 7 groups\nCUPTI 1"));
  EXPECT_THAT(o.out, ContainsRegex("op_hfma_pred_on\\.sum +2 to 4  fp16 +instruction +\\[4\\]\n"));
  EXPECT_THAT(o.out, HasSubstr("takes several passes"));
  EXPECT_THAT(o.out, HasSubstr("Group 1: 1 pass, instrumented kernels\n"));
  EXPECT_THAT(o.out, HasSubstr("Group 7: 1 pass, hardware counters\n"));
}

TEST(metrics, fits_a_terminal_but_for_paths_and_names) {
  std::istringstream lines(metrics({"--chip", "GB100"}).out);
  for (std::string line; std::getline(lines, line);) {
    // The longest names of metrics make their tables 104 columns wide.
    bool const in_table = line.starts_with("  metric ") || line.starts_with("  sm");
    EXPECT_TRUE(line.size() <= (in_table ? 110U : 100U) || line.find('/') != std::string::npos) << line;
  }
}

TEST(metrics, narrows_to_types) {
  auto const o = metrics({"--chip", "GH100", "--set", "tensor", "--types", "bf16,fp8"});
  EXPECT_THAT(o.out, HasSubstr("set tensor, types bf16, fp8: 1 pass in 1 group\n"));
}

TEST(metrics, shows_what_nvprofs_names_are_computed_from) {
  auto const o = metrics({"--chip", "TU102", "--metrics", "flop_count_sp,sm__inst_executed"});
  EXPECT_THAT(o.out, HasSubstr("own metrics: 2 passes in 2 groups"));
  EXPECT_THAT(o.out, HasSubstr("2 x sm__sass_thread_inst_executed_op_ffma_pred_on.sum"));
}

TEST(metrics, lists_chips_and_says_which_are_refused) {
  auto const o = metrics({"--types", "bf16,int8"});
  EXPECT_EQ(o.code, 0);
  EXPECT_THAT(o.out, ContainsRegex("\n  GH100 +1 +3 +4\n"));
  EXPECT_THAT(o.out, ContainsRegex("\n  TU116 +1 +0 +1\n"));
  EXPECT_THAT(o.out, ContainsRegex("\n  GV11B +refused by this CUPTI\n"));
}

TEST(metrics, lists_the_metrics_of_a_chip) {
  auto const o = metrics({"--chip", "GA100", "--list"});
  EXPECT_EQ(o.code, 0);
  EXPECT_THAT(o.out, ContainsRegex("\nsm__ops_path_tensor_src_fp64  \\[math_op\\]\n    # of math ops"));
}

TEST(metrics, prints_the_same_as_json) {
  auto const plan = json({"--chip", "GH100"});
  EXPECT_EQ(plan["chip"], "GH100");
  EXPECT_EQ(plan["passes"], 7);
  EXPECT_EQ(plan["groups"].size(), 7U);
  EXPECT_EQ(plan["groups"][0]["metrics"][8]["flops_per_unit"],
            nlohmann::json::parse(R"({"floor":2,"ceiling":4})"));
  EXPECT_EQ(plan["groups"][0]["metrics"][8]["proved"], false);
  EXPECT_GT(plan["groups"][0]["config_image_bytes"], 0);
  EXPECT_EQ(plan["narrowed"][0]["parts"].size(), 3U);
  EXPECT_EQ(plan["cupti"]["source"], "FLOPWATCH_CUPTI");
  EXPECT_GE(json({"--types", "fp64"})["chips"].size(), 25U);
  EXPECT_GT(json({"--chip", "TU102", "--list"})["base_metrics"].size(), 1000U);
  EXPECT_EQ(json({"--chip", "TU102", "--metrics", "flop_count_dp"})["derived"][0]["terms"][2]["weight"], 2);
}

TEST(metrics, ends_with_2_for_what_does_not_exist) {
  for (auto const& [arguments, words] : std::vector<std::pair<std::vector<char const*>, char const*>>{
           {{"--chip", "GH1000"}, "knows no chip \"GH1000\"; it knows"},
           {{"--chip", ""}, "no chip"},
           {{"--chip", "GH100", "--types", "half"}, "fp64, fp32, tf32"},
           {{"--chip", "GH100", "--metrics", "sm__nothing.sum"}, "no metric \"sm__nothing.sum\""},
           {{"--chip", "GH100", "--set", "all"}, "--set"},
           {{"--chip", "GH100", "--set", "tensor", "--metrics", "flop_count_sp"}, "--metrics"},
           {{"--list"}, "--list needs a chip"}}) {
    auto const o = metrics(arguments);
    EXPECT_EQ(o.code, 2) << words;
    EXPECT_THAT(o.err, HasSubstr(words));
    EXPECT_EQ(o.out, "");
  }
}

TEST(metrics, ends_with_3_for_a_chip_that_cupti_refuses) {
  auto const o = metrics({"--chip", "GV11B"});
  EXPECT_EQ(o.code, 3);
  EXPECT_THAT(o.err, HasSubstr("refuses the chip GV11B"));
}

}  // namespace
}  // namespace flopwatch::cli
