// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/ranks.hpp"

#include <nlohmann/json.hpp>

#include "flopwatch/diagnostics.hpp"
#include "flopwatch/merge.hpp"
#include "flopwatch/report.hpp"
#include "unit/capture/synthetic_ranks.hpp"
#include "unit/report/golden_file.hpp"

namespace flopwatch::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::vector<synthetic_rank> job_of(std::int64_t number) {
  std::vector<synthetic_rank> out(static_cast<std::size_t>(number));
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].rank = static_cast<std::int64_t>(i);
    out[i].world_size = number;
  }
  return out;
}

analysis merged_ranks(std::vector<synthetic_rank> const& ranks) {
  test_folder const folder;
  std::vector<std::filesystem::path> files;
  for (auto const& r : ranks) {
    files.push_back(write_rank(folder / ("run." + std::to_string(r.rank) + ".flops"), r));
  }
  merge(files, folder / "all.flops");
  return analyse(capture_reader(folder / "all.flops").load());
}

/// Of the process of that rank.
rank_group group_of(analysis const& a, std::size_t rank) {
  for (auto const& g : rank_groups(a.capture)) {
    if (std::find(g.members.begin(), g.members.end(), rank) != g.members.end()) return g;
  }
  return {};
}

TEST(ranks, equal_ones_are_one_group) {
  auto const a = merged_ranks(job_of(6));
  auto const groups = rank_groups(a.capture);
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].members.size(), 6U);
  EXPECT_EQ(groups[0].cause, rank_cause::none);
  EXPECT_EQ(names_of(a.capture, groups[0].members), "ranks 0-5");
  EXPECT_THAT(text_report(a), AllOf(HasSubstr("6 processes: ranks 0-5"), HasSubstr("All did the same.")));
}

TEST(ranks, a_smaller_batch_is_uneven_and_not_an_imbalance) {
  auto job = job_of(4);
  job[3].batch = job[3].experts_batch = 3;
  auto const g = group_of(merged_ranks(job), 3);
  EXPECT_EQ(g.cause, rank_cause::uneven_batches);
  EXPECT_THAT(g.why,
              AllOf(HasSubstr("than those of rank 0"), HasSubstr("layers.0.attn 300 MACs instead of 400")));
}

TEST(ranks, experts_with_more_work_are_an_imbalance_and_not_uneven_batches) {
  auto job = job_of(4);
  job[2].skew = 5;
  auto const a = merged_ranks(job);
  auto const g = group_of(a, 2);
  EXPECT_EQ(g.cause, rank_cause::imbalance);
  EXPECT_THAT(g.why, AllOf(HasSubstr("In 2 scopes"), HasSubstr("in 4 they are equal"),
                           HasSubstr("layers.0.experts.1 90 MACs instead of 40"), Not(HasSubstr("attn"))));
  EXPECT_EQ(group_of(a, 0).cause, rank_cause::none);
}

TEST(ranks, more_steps_are_other_calls) {
  auto job = job_of(3);
  job[1].steps = 2;
  EXPECT_EQ(group_of(merged_ranks(job), 1).cause, rank_cause::other_calls);
}

TEST(ranks, other_layers_are_another_part_of_the_model) {
  auto job = job_of(3);
  job[2].first_layer = 2;
  auto const g = group_of(merged_ranks(job), 2);
  EXPECT_EQ(g.cause, rank_cause::other_part);
  EXPECT_THAT(g.why, HasSubstr("it lacks 6 scopes, and has 6 of its own"));
}

TEST(ranks, lost_data_is_named_before_anything_else) {
  auto job = job_of(3);
  job[1].batch = 3;
  job[1].losses = {make_loss(loss::rows_dropped, 4)};
  auto const a = merged_ranks(job);
  EXPECT_EQ(group_of(a, 1).cause, rank_cause::lost_data);
  EXPECT_THAT(group_of(a, 1).why, HasSubstr("rows_dropped"));
  EXPECT_EQ(report_exit_code(a), 5);
}

TEST(ranks, counters_that_differ_for_equal_calls_are_named) {
  auto a = merged_ranks(job_of(3));
  for (auto& g : a.capture.processes[2].launch_groups) {
    for (auto& [metric, sum] : g.sums) {
      if (sum) *sum += 1;
    }
  }
  auto const g = group_of(a, 2);
  EXPECT_EQ(g.cause, rank_cause::other_counters);
  EXPECT_THAT(g.why, HasSubstr("of ranks 0, 1"));
}

TEST(ranks, the_typical_process_is_of_the_largest_set) {
  auto job = job_of(5);
  job[0].batch = 9;
  auto const a = merged_ranks(job);
  EXPECT_EQ(group_of(a, 1).cause, rank_cause::none);
  EXPECT_THAT(group_of(a, 0).why, HasSubstr("rank 1"));
}

TEST(ranks, two_thousand_fold_to_a_page) {
  auto a = merged_ranks(job_of(3));
  auto const typical = a.capture.processes[0];
  a.capture.processes.clear();
  for (std::int64_t i = 0; i < 2000; ++i) {
    auto p = typical;
    p.who.id = i + 1;
    p.who.rank = i;
    if (i >= 1900) {  // each of these has a batch of its own
      p.same_as = p.who.id;
      p.total.macs += i;
      p.difference.typical = 1;
      p.difference.other_sizes_scopes = 6;
      p.difference.largest = {{2, {p.total.macs, 0, 0}, typical.total}};
    }
    a.capture.processes.push_back(p);
  }
  auto const text = text_report(a, {.width = 80});
  auto const from = text.rfind("2,000 processes");
  ASSERT_NE(from, std::string::npos);
  auto const section = text.substr(from, text.find("Kernels of the operators") - from);
  EXPECT_LT(std::count(section.begin(), section.end(), '\n'), 70) << section;
  EXPECT_THAT(section, AllOf(HasSubstr("ranks 0-1899"), HasSubstr("in ranks 1900-1999"),
                             HasSubstr("all of them: --json")));
  EXPECT_EQ(nlohmann::json::parse(json_report(a))["ranks"].size(), 2000U);
}

TEST(ranks, json_has_every_process) {
  auto job = job_of(3);
  job[1].batch = job[1].experts_batch = 3;
  auto const ranks = nlohmann::json::parse(json_report(merged_ranks(job)))["ranks"];
  ASSERT_EQ(ranks.size(), 3U);
  EXPECT_EQ(ranks[1]["rank"], 1);
  EXPECT_EQ(ranks[1]["host"], "node0");
  EXPECT_EQ(ranks[1]["operator_macs"], 720);
  EXPECT_EQ(ranks[1]["differs_by"], "uneven_batches");
  EXPECT_EQ(ranks[0]["alike"], ranks[2]["alike"]);
  EXPECT_NE(ranks[0]["alike"], ranks[1]["alike"]);
  EXPECT_EQ(ranks[0]["measured_flops"], 2 * 960);
  EXPECT_EQ(ranks[0]["unmeasured_launches"], 1) << "a graph has no counters of its own";
}

TEST(ranks, a_capture_of_one_session_has_none) {
  test_folder const folder;
  auto const a = analyse(capture_reader(write_rank(folder / "one.flops", {})).load());
  EXPECT_TRUE(rank_groups(a.capture).empty());
  EXPECT_EQ(nlohmann::json::parse(json_report(a))["ranks"], nullptr);
}

TEST(golden_ranks, text_and_json) {
  auto job = job_of(8);
  job[2].batch = job[2].experts_batch = 3;
  job[3].batch = job[3].experts_batch = 3;
  job[5].skew = 6;
  job[6].first_layer = 2;
  job[7].losses = {make_loss(loss::rows_dropped, 4)};
  auto const a = merged_ranks(job);
  for (int const width : {80, 200}) {
    check_golden("merged_ranks-" + std::to_string(width) + ".txt", text_report(a, {.width = width}));
  }
  check_golden("merged_ranks.json", json_report(a));
}

}  // namespace
}  // namespace flopwatch::test
