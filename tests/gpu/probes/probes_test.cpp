// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Answers that the stand-in promises.
#include <csignal>
#include <cstdio>
#include <unistd.h>

#include "gpu/probes/own_child.hpp"
#include "gpu/probes/test_support.hpp"

using namespace flopwatch::test;
using testing::HasSubstr;

namespace {

TEST_F(gpu_probe, list_needs_no_gpu) {
  standin_set_device_count(0);
  auto const result = run({"--list"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.found().size(), gpu_probes::all_probes().size());
  EXPECT_EQ(result.found().at(0).at("probe"), "graph_launch");
}

TEST_F(gpu_probe, ends_with_a_code_for_each_cause) {
  EXPECT_EQ(run({}).code, 2);
  EXPECT_EQ(run({"no_such_probe", "--cubins", folder_}).code, 2);
  EXPECT_EQ(run({"null_context"}).code, 2);
  EXPECT_EQ(run({"null_context", "--cubins", folder_, "--table", folder_ / "none.json"}).code, 2);
  auto const without_cubins = run({"push_copies_name", "--cubins", folder_ / "none", "--table", table_file});
  EXPECT_EQ(without_cubins.code, 1);
  EXPECT_THAT(without_cubins.err, HasSubstr("cannot read"));
  standin_set_device_count(0);
  for (auto const* probe : {"push_copies_name", "null_context", "result_codes", "second_process"})
    EXPECT_EQ(ask(probe).code, 3) << probe;
}

TEST_F(gpu_probe, null_stands_for_the_current_context) {
  auto const facts = facts_of("null_context");
  EXPECT_EQ(facts["with_a_context_current"]["clause"], "works, and the counts are right");
  EXPECT_EQ(facts["with_no_context_current"]["codes"]["enable"]["code"], 3);
}

TEST_F(gpu_probe, packed_instructions_count_on_a_chip_that_has_them) {
  standin_device blackwell{};
  standin_default_device(&blackwell, 0);
  std::snprintf(blackwell.chip, sizeof blackwell.chip, "GB100");
  blackwell.major = 10;
  standin_set_devices(&blackwell, 1);
  standin_kernel_value("packed_ffma2", "sm__sass_thread_inst_executed_op_ffma2_pred_on.sum", 0, 4000);
  auto const result = ask("packed_fp32");
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.found().value("answer", ""), HasSubstr("packed_ffma2 counts 1 in"));
}

TEST_F(gpu_probe, counts_of_hfma2_on_the_tensor_pipe_are_reported) {
  standin_kernel_value("known_hfma2", "sm__inst_executed_pipe_tensor.sum", 7, 0);
  auto const facts = facts_of("hfma2_on_tensor_pipe");
  EXPECT_EQ(facts["known_hfma2"]["not_zero"], (json{{"sm__inst_executed_pipe_tensor.sum", 7}}));
  // One session for all metrics, which no single pass takes.
  EXPECT_GT(facts["metrics_asked"].size(), 20U);
  EXPECT_GT(facts["passes"], 1);
  EXPECT_EQ(facts["known_hfma2"]["rounds"], facts["passes"]);
}

TEST_F(gpu_probe, a_metric_that_the_device_lacks_spoils_no_other) {
  standin_set_nan("sm__ops_path_tensor_src_fp64.sum", 1);
  standin_kernel_value("known_hfma2", "sm__inst_executed_pipe_tensor.sum", 7, 0);
  auto const facts = facts_of("hfma2_on_tensor_pipe");
  EXPECT_EQ(facts["known_hfma2"]["not_a_number"], (json{"sm__ops_path_tensor_src_fp64.sum"}));
  EXPECT_EQ(facts["known_hfma2"]["not_zero"], (json{{"sm__inst_executed_pipe_tensor.sum", 7}}));
}

TEST_F(gpu_probe, the_most_ranges_are_found) {
  auto const usual = facts_of("max_ranges_limit");
  for (auto const& [metrics, found] : usual.items()) {
    EXPECT_EQ(found["largest_accepted_ranges"], 2000) << metrics;
    EXPECT_EQ(found["smallest_refused_ranges"], 2001) << metrics;
    EXPECT_EQ(found["with_the_smallest_refused"]["result"]["code"], 7) << metrics;
    EXPECT_EQ(found["clause"], "2000 ranges") << metrics;
  }
  standin_set_max_ranges_limit(700);
  auto const facts = facts_of("max_ranges_limit");
  EXPECT_EQ(facts["one_patched_metric"]["largest_accepted_ranges"], 700);
}

TEST_F(gpu_probe, codes_are_those_of_the_rules) {
  auto const facts = facts_of("result_codes");
  auto const code = [&](char const* rule, char const* what) { return facts[rule][what]["code"]; };
  EXPECT_EQ(code("rule_15", "Start before SetConfig"), 7);
  EXPECT_EQ(code("rule_15", "Stop without Start"), 7);
  EXPECT_EQ(code("rule_16", "Pop without Push"), 7);
  EXPECT_EQ(code("rule_16", "Push of the name NULL"), 1);
  EXPECT_EQ(code("rule_7", "Enable twice on one context"), 7);
  EXPECT_EQ(code("rule_26", "Start with another context current"), 3);
  EXPECT_EQ(code("rule_10", "CounterDataImageInitialize with one byte too few"), 1);
  EXPECT_EQ(code("rule_20", "Decode after one of two passes"), 0);
  EXPECT_EQ(code("rule_24", "GetRangeInfo of a range beyond the last"), 1);
}

TEST_F(gpu_probe, launches_of_all_kinds_are_counted) {
  auto const cooperative = facts_of("cooperative_launch");
  for (auto const& [way, found] : cooperative.items())
    EXPECT_EQ(found["clause"], "works, and the counts are right") << way;
  auto const graph = facts_of("graph_launch");
  EXPECT_EQ(graph["auto_range_user_replay_one_pass"]["codes"]["stop"]["code"], 27);
  EXPECT_EQ(graph["auto_range_kernel_replay_two_passes"]["ranges"], 3);
  EXPECT_EQ(graph["user_range_user_replay_two_passes"]["clause"], "works, and the counts are right");
}

TEST_F(gpu_probe, a_crash_is_an_answer) {
  standin_kernel_action(
      "known_ffma", [](void*) { std::raise(SIGKILL); }, nullptr);
  auto found = ask("cooperative_launch").found();
  EXPECT_EQ(found["facts"]["user_replay_one_pass"]["ended_by_signal"], SIGKILL);
  EXPECT_THAT(found.value("answer", ""), HasSubstr("ends the process with signal"));
}

TEST_F(gpu_probe, the_mark_of_a_child_outlives_it) {
  using mark = std::atomic<std::int64_t>;
  auto const hung = gpu_probes::in_own_child(
      [](mark& so_far) -> json {
        so_far = 4096;
        for (;;) pause();
      },
      1);
  EXPECT_EQ(hung, (json{{"no_answer_after_s", 1}, {"left_mark", 4096}}));
  auto const crashed = gpu_probes::in_own_child([](mark& so_far) -> json {
    so_far = 7;
    std::raise(SIGKILL);
    return {};
  });
  EXPECT_EQ(crashed, (json{{"ended_by_signal", SIGKILL}, {"left_mark", 7}}));
}

TEST_F(gpu_probe, what_there_is_no_time_for_is_not_asked) {
  standin_kernel_action(
      "known_ffma",
      [](void*) {
        for (;;) pause();
      },
      nullptr);
  auto const result =
      run({"cooperative_launch", "--cubins", folder_, "--table", table_file, "--limit", "1.9"});
  EXPECT_EQ(result.code, 0) << result.err;
  auto const facts = result.found()["facts"];
  EXPECT_EQ(facts["user_replay_one_pass"]["no_answer_after_s"], 1);
  EXPECT_EQ(facts["kernel_replay_two_passes"]["not_asked"], "no time was left for it");
}

TEST_F(gpu_probe, ranges_are_distinguished_by_thread) {
  standin_set_serial_launches(1);
  auto const facts = facts_of("callback_order");
  for (auto const& [replay, found] : facts.items()) {
    EXPECT_EQ(found["ranges"], found["launches"]) << replay;
    EXPECT_EQ(found["places_out_of_order"], 0) << replay;
    EXPECT_EQ(found["counts_of_no_thread"], 0) << replay;
  }
}

TEST_F(gpu_probe, missing_permission_is_an_answer) {
  standin_set_permission(0);
  auto const facts = facts_of("permission");
  EXPECT_EQ(facts["availability_size"]["code"], 35);
  EXPECT_EQ(facts["enable"]["code"], 0);
  EXPECT_EQ(facts["start"]["code"], 35);
}

TEST_F(gpu_probe, accepted_sizes_follow_the_version) {
  standin_set_profile("13.4");
  EXPECT_EQ(facts_of("old_struct_sizes")["cuptiRangeProfilerEnable"]["accepted_bytes"], (json{32, 36}));
}

}  // namespace
