// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/merge.hpp"

#include <numeric>

#include "flopwatch/attribution.hpp"
#include "flopwatch/diagnostics.hpp"
#include "flopwatch/metrics.hpp"
#include "unit/capture/synthetic_ranks.hpp"

namespace flopwatch::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
namespace fs = std::filesystem;

std::vector<fs::path> write_ranks(test_folder const& folder, std::vector<synthetic_rank> const& ranks) {
  std::vector<fs::path> out;
  for (auto const& r : ranks)
    out.push_back(write_rank(folder / ("rank" + std::to_string(r.rank) + ".flops"), r));
  return out;
}

std::vector<synthetic_rank> equal_ranks(std::int64_t number) {
  std::vector<synthetic_rank> out(static_cast<std::size_t>(number));
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].rank = static_cast<std::int64_t>(i);
    out[i].world_size = number;
  }
  return out;
}

capture_data merged(test_folder const& folder, std::vector<fs::path> const& captures,
                    std::string const& name = "all.flops") {
  merge(captures, folder / name);
  return capture_reader(folder / name).load();
}

std::map<std::string, data_loss_record> losses_by_kind(capture_data const& c) {
  std::map<std::string, data_loss_record> out;
  for (auto const& l : c.losses) out[l.kind] = l;
  return out;
}

/// The figures of each row that attribution makes.
struct row_figures {
  std::int64_t calls = 0, macs = 0, other_flops = 0, walk_macs = 0, launches = 0, measured_flops = 0;
  friend bool operator==(row_figures const&, row_figures const&) = default;
  friend std::ostream& operator<<(std::ostream& out, row_figures const& f) {
    return out << f.calls << ' ' << f.macs << ' ' << f.other_flops << ' ' << f.walk_macs << ' ' << f.launches
               << ' ' << f.measured_flops;
  }
};

std::map<std::string, row_figures> rows_of(capture_data const& c) {
  std::map<std::string, row_figures> out;
  for (auto const& r : attribute(c).rows) {
    auto& f = out[r.outside ? "(outside)" : r.path];
    f.calls += r.calls;
    f.macs += r.total.macs;
    f.other_flops += r.total.other_flops;
    f.walk_macs += r.walk_macs;
    f.launches += r.measured.launches;
    f.measured_flops += r.measured.multiply_add_flops.value_or(-1);
  }
  return out;
}

std::map<std::string, row_figures> sum_of(std::vector<fs::path> const& captures) {
  std::map<std::string, row_figures> out;
  for (auto const& path : captures) {
    for (auto const& [name, f] : rows_of(capture_reader(path).load())) {
      auto& sum = out[name];
      sum.calls += f.calls;
      sum.macs += f.macs;
      sum.other_flops += f.other_flops;
      sum.walk_macs += f.walk_macs;
      sum.launches += f.launches;
      sum.measured_flops += f.measured_flops;
    }
  }
  return out;
}

TEST(merge, every_row_has_the_sum_of_all_captures) {
  test_folder const folder;
  auto ranks = equal_ranks(4);
  ranks[2].batch = 3;
  ranks[3].experts_batch = 9;
  auto const captures = write_ranks(folder, ranks);
  auto const all = merged(folder, captures);
  EXPECT_TRUE(all.complete);
  EXPECT_EQ(rows_of(all), sum_of(captures));
  EXPECT_EQ(rows_of(all).at("layers.0.attn").calls, 4);
  EXPECT_EQ(rows_of(all).at("layers.0.attn").macs, 1500);
  EXPECT_EQ(all.modules.size(), capture_reader(captures[0]).load().modules.size()) << "one tree for all";
  EXPECT_TRUE(losses_by_kind(all).empty());
}

TEST(merge, one_capture_stays_what_it_was) {
  test_folder const folder;
  auto const captures = write_ranks(folder, equal_ranks(1));
  auto const before = capture_reader(captures[0]).load();
  auto const after = merged(folder, captures);
  EXPECT_EQ(rows_of(after), rows_of(before));
  EXPECT_EQ(after.scopes, before.scopes);
  EXPECT_EQ(after.operator_calls, before.operator_calls);
  EXPECT_EQ(after.modules, before.modules);
  EXPECT_EQ(after.metrics, before.metrics);
}

TEST(merge, merging_in_parts_gives_the_same) {
  test_folder const folder;
  auto ranks = equal_ranks(5);
  ranks[1].batch = 7;
  ranks[4].losses = {make_loss(loss::rows_dropped, 3)};
  ranks[4].gpu = "NVIDIA Other";
  auto const captures = write_ranks(folder, ranks);
  auto const at_once = merged(folder, captures);
  merge({captures[0], captures[1]}, folder / "a.flops");
  merge({captures[2]}, folder / "b.flops");
  merge({folder / "b.flops", captures[3], captures[4]}, folder / "c.flops");
  auto const in_parts = merged(folder, {folder / "a.flops", folder / "c.flops"}, "parts.flops");
  EXPECT_TRUE(same_tables(in_parts, at_once));
  EXPECT_EQ(in_parts.losses, at_once.losses);
  EXPECT_EQ(in_parts.info, at_once.info);
  ASSERT_EQ(in_parts.processes.size(), 5U);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(in_parts.processes[i].who, at_once.processes[i].who);
    EXPECT_EQ(in_parts.processes[i].total, at_once.processes[i].total);
    EXPECT_EQ(in_parts.processes[i].launches, at_once.processes[i].launches);
    EXPECT_EQ(in_parts.processes[i].losses, at_once.processes[i].losses);
  }
}

TEST(merge, a_process_can_be_read_alone) {
  test_folder const folder;
  auto ranks = equal_ranks(3);
  ranks[1].batch = 3;
  ranks[1].losses = {make_loss(loss::calls_folded, 3)};
  auto const captures = write_ranks(folder, ranks);
  merge(captures, folder / "all.flops");
  capture_reader const reader(folder / "all.flops");
  for (std::size_t i = 0; i < 3; ++i) {
    auto const alone = reader.load_process(static_cast<std::int64_t>(i) + 1);
    auto const before = capture_reader(captures[i]).load();
    EXPECT_EQ(rows_of(alone), rows_of(before)) << i;
    EXPECT_EQ(alone.info, before.info);
    EXPECT_EQ(alone.losses, before.losses);
    EXPECT_TRUE(alone.processes.empty());
  }
  EXPECT_THAT(refusal([&] { static_cast<void>(reader.load_process(4)); }),
              HasSubstr("process 4 is not there"));
}

TEST(merge, processes_have_their_own_sums) {
  test_folder const folder;
  auto ranks = equal_ranks(4);
  ranks[3].batch = ranks[3].experts_batch = 5;
  auto const all = merged(folder, write_ranks(folder, ranks));
  ASSERT_EQ(all.processes.size(), 4U);
  EXPECT_EQ(all.processes[0].total.macs, 2 * (400 + 2 * 40));
  EXPECT_EQ(all.processes[0].total.other_flops, 5);
  EXPECT_EQ(all.processes[0].formula_macs, 960);
  EXPECT_EQ(all.processes[0].launches, 7);
  EXPECT_EQ(all.processes[0].who.rank, 0);
  EXPECT_EQ(all.processes[3].who.host, "node0");
  EXPECT_EQ(all.processes[1].same_as, 1);
  EXPECT_EQ(all.processes[3].same_as, 4);
  std::int64_t flops = 0;
  for (auto const& g : all.processes[3].launch_groups) {
    if (g.plan != 0) flops += flops_of(g.sums)->flops;
  }
  EXPECT_EQ(flops, 2 * all.processes[3].total.macs);
  EXPECT_EQ(all.processes[0].difference.typical, 0);
  auto const& d = all.processes[3].difference;
  EXPECT_EQ(d.typical, 1);
  EXPECT_EQ(d.other_sizes_scopes, 6);
  EXPECT_EQ(d.equal_scopes, 0);
  ASSERT_FALSE(d.largest.empty());
  EXPECT_EQ(d.largest.front().here.macs - d.largest.front().typical.macs, 100);
}

TEST(merge, launches_and_images_still_belong_together) {
  test_folder const folder;
  auto const captures = write_ranks(folder, equal_ranks(3));
  merge(captures, folder / "all.flops");
  capture_reader const reader(folder / "all.flops");
  auto const data = reader.load();
  std::map<std::int64_t, std::int64_t> in_context;
  for (auto const& l : launches_of(reader)) ++in_context[l.context];
  EXPECT_EQ(in_context, (std::map<std::int64_t, std::int64_t>{{1, 7}, {2, 7}, {3, 7}}))
      << "contexts of three processes";
  EXPECT_EQ(data.metrics.size(), 2U) << "one plan for all";
  EXPECT_EQ(recheckable(data), (recheckable_share{0, 18})) << "one of two metric groups has images";
  auto const images = images_of(reader);
  ASSERT_EQ(images.size(), 3U);
  for (auto const& c : data.raw_chunks) {
    if (!c.kept) continue;
    EXPECT_EQ(images.at(c.id), (std::vector<std::uint8_t>{static_cast<std::uint8_t>(c.context - 1), 8, 9}));
  }
}

TEST(merge, graphs_of_one_name_are_not_one_graph) {
  test_folder const folder;
  auto const all = merged(folder, write_ranks(folder, equal_ranks(2)));
  std::int64_t in_graphs = 0;
  for (auto const& g : all.launch_groups) in_graphs += g.graph != 0 ? g.launches : 0;
  EXPECT_EQ(in_graphs, 4) << "each process launched its graph of two kernels once";
  EXPECT_EQ(all.kernels.size(), 3U);
  EXPECT_EQ(all.kernels.back().name, "(CUDA graph 1) of rank 1");
}

TEST(merge, other_configurations_are_other_plans) {
  test_folder const folder;
  auto ranks = equal_ranks(2);
  ranks[1].config_image = {1, 2, 4};
  auto const captures = write_ranks(folder, ranks);
  auto const all = merged(folder, captures);
  EXPECT_EQ(all.metrics.size(), 4U);
  EXPECT_EQ(all.counter_groups.size(), 4U);
  EXPECT_EQ(rows_of(all), sum_of(captures));
}

TEST(merge, info_is_what_is_true_of_all) {
  test_folder const folder;
  auto ranks = equal_ranks(2);
  ranks[1].gpu = "NVIDIA Other";
  auto const all = merged(folder, write_ranks(folder, ranks));
  EXPECT_EQ(all.info.at("program"), "flopwatch 0.1.0");
  EXPECT_EQ(all.info.at("gpu"), "NVIDIA Synthetic; NVIDIA Other");
  EXPECT_EQ(all.info.at("created_utc"), "2026-01-31T12:00:00Z to 2026-01-31T12:00:01Z");
  EXPECT_FALSE(all.info.contains("rank"));
  EXPECT_EQ(all.processes[1].info.at("gpu"), "NVIDIA Other");
}

TEST(merge, losses_say_of_which_processes_they_are) {
  test_folder const folder;
  auto ranks = equal_ranks(3);
  ranks[1].losses = {make_loss(loss::rule_failed, 2, "Rule: a.")};
  ranks[2].losses = {make_loss(loss::rule_failed, 3, "Rule: b.")};
  auto const losses = losses_by_kind(merged(folder, write_ranks(folder, ranks)));
  ASSERT_EQ(losses.size(), 1U);
  EXPECT_EQ(losses.at("rule_failed").count, 5);
  EXPECT_EQ(losses.at("rule_failed").text,
            std::string(loss::rule_failed.sentence) + " Rule: a. Rule: b. Of ranks 1, 2.");
}

TEST(merge, a_recording_that_was_not_closed_is_merged_with_its_loss) {
  test_folder const folder;
  auto ranks = equal_ranks(2);
  ranks[1].closed = false;
  auto const captures = write_ranks(folder, ranks);
  auto const all = merged(folder, captures);
  EXPECT_TRUE(all.complete) << "the merged file itself is whole";
  EXPECT_THAT(losses_by_kind(all).at("capture_incomplete").text, HasSubstr("Of rank 1."));
  EXPECT_EQ(rows_of(all), sum_of(captures));
}

TEST(merge, ranks_that_are_missing_are_named) {
  test_folder const folder;
  auto ranks = equal_ranks(6);
  ranks.erase(ranks.begin() + 1, ranks.begin() + 5);
  auto const losses = losses_by_kind(merged(folder, write_ranks(folder, ranks)));
  EXPECT_EQ(losses.at("process_missing").count, 4);
  EXPECT_EQ(losses.at("process_missing").severity, severity::error);
  EXPECT_THAT(losses.at("process_missing").text, HasSubstr("Missing: ranks 1-4."));
}

TEST(merge, a_column_that_some_lack_is_named) {
  test_folder const folder;
  auto ranks = equal_ranks(3);
  ranks[0].formula = false;
  ranks[2].measured = false;
  auto const all = merged(folder, write_ranks(folder, ranks));
  std::string texts;
  for (auto const& l : all.losses) texts += l.text;
  EXPECT_THAT(texts, AllOf(HasSubstr("Not measured: rank 2."), HasSubstr("Without formula: rank 0.")));
  EXPECT_EQ(all.info.at("formula"), "thop 0.1.1 rules");
}

TEST(merge, parts_of_a_model_make_one_tree) {
  test_folder const folder;
  auto ranks = equal_ranks(2);
  ranks[0].layers = ranks[1].layers = 1;
  ranks[1].first_layer = 1;
  auto const captures = write_ranks(folder, ranks);
  auto const all = merged(folder, captures);
  EXPECT_EQ(rows_of(all), sum_of(captures));
  EXPECT_EQ(all.processes[1].difference.missing_scopes, 3);
  EXPECT_EQ(all.processes[1].difference.added_scopes, 3);
}

TEST(merge, a_module_that_processes_hold_parts_of_shows_the_largest) {
  test_folder const folder;
  auto ranks = equal_ranks(2);
  ranks[1].layers = 3;
  auto const all = merged(folder, write_ranks(folder, ranks));
  EXPECT_EQ(all.modules[0].parameters, 150);
  EXPECT_EQ(losses_by_kind(all).at("parameters_differ").severity, severity::note);
}

TEST(merge, roots_of_other_types_are_put_side_by_side) {
  test_folder const folder;
  auto ranks = equal_ranks(3);
  ranks[1].root = "Stage2";
  auto const captures = write_ranks(folder, ranks);
  auto const rows = rows_of(merged(folder, captures));
  EXPECT_EQ(rows.at("Model.layers.0.attn").macs, 800);
  EXPECT_EQ(rows.at("Stage2.layers.0.attn").macs, 400);
  EXPECT_EQ(rows.at("").macs, 3 * 960);
  EXPECT_EQ(rows.at("").walk_macs + rows.at("Model.layers.0.attn").walk_macs, 800)
      << "the first row adds none itself";
}

TEST(merge, captures_of_older_versions_are_merged_too) {
  test_folder const folder;
  auto const captures = write_ranks(folder, equal_ranks(2));
  auto const expected = sum_of(captures);
  // Of version 5: the tables of processes are not there.
  sql(captures[0],
      "PRAGMA user_version = 5; DROP VIEW process_operator_calls; DROP TABLE process; DROP TABLE process_rows; "
      "DROP TABLE process_scope; DROP TABLE process_info; DROP TABLE process_loss; "
      "DELETE FROM closed WHERE table_name LIKE 'process%'; DELETE FROM info WHERE key IN ('host','pid','rank');"
      "UPDATE closed SET checksum = NULL WHERE table_name = 'info'");
  auto const all = merged(folder, captures);
  EXPECT_EQ(rows_of(all), expected);
  EXPECT_EQ(all.processes[0].who.rank, -1);
  EXPECT_EQ(all.processes[0].who.file, "rank0.flops");
}

TEST(merge, what_cannot_be_merged_is_refused_and_leaves_nothing) {
  test_folder const folder;
  auto const captures = write_ranks(folder, equal_ranks(2));
  auto const refused = [&](std::vector<fs::path> const& given) {
    auto text = refusal([&] { merge(given, folder / "all.flops"); });
    EXPECT_EQ(folder.files(), (std::vector<std::string>{"none.flops", "rank0.flops", "rank1.flops"})) << text;
    return text;
  };
  put_bytes(folder / "none.flops", {'n', 'o'});
  EXPECT_THAT(refused({}), HasSubstr("no capture to merge"));
  EXPECT_THAT(refused({captures[0], folder / "none.flops"}),
              AllOf(HasSubstr("none.flops"), HasSubstr("is not")));
  EXPECT_THAT(refused({captures[0], folder / "missing.flops"}), HasSubstr("no such file"));
  EXPECT_THAT(refused({captures[0], captures[1], captures[0]}), HasSubstr("are one file"));
  EXPECT_THAT(refusal([&] { merge(captures, captures[1]); }), HasSubstr("is one of the captures to merge"));
  EXPECT_EQ(rows_of(capture_reader(captures[1]).load()).at("").macs, 960) << "it is as it was";
}

TEST(merge, a_recording_that_is_given_twice_is_refused) {
  test_folder const folder;
  auto const captures = write_ranks(folder, equal_ranks(2));
  fs::copy_file(captures[1], folder / "copy.flops");
  EXPECT_THAT(refusal([&] {
                merge({captures[0], captures[1], folder / "copy.flops"}, folder / "all.flops");
              }),
              AllOf(HasSubstr("copy.flops"), HasSubstr("process 1001 of node0"), HasSubstr("twice")));
  merge(captures, folder / "all.flops");
  EXPECT_THAT(refusal([&] {
                merge({folder / "all.flops", folder / "copy.flops"}, folder / "again.flops");
              }),
              HasSubstr("twice"))
      << "a merged capture says what is in it";
}

TEST(merge, a_capture_that_was_changed_is_refused) {
  test_folder const folder;
  auto const captures = write_ranks(folder, equal_ranks(2));
  sql(captures[1],
      "UPDATE counters_1 SET sm__sass_thread_inst_executed_op_ffma_pred_on_sum = 1 WHERE launch = 2");
  EXPECT_THAT(refusal([&] { merge(captures, folder / "all.flops"); }),
              AllOf(HasSubstr("rank1.flops"), HasSubstr("checksum")));
  EXPECT_FALSE(fs::exists(folder / "all.flops"));
  EXPECT_FALSE(fs::exists(folder / "all.flops.part"));
}

TEST(merge, rows_that_refer_to_nothing_are_refused) {
  test_folder const folder;
  auto const captures = write_ranks(folder, equal_ranks(2));
  sql(captures[1], "UPDATE launch SET scope = 4711 WHERE id = 2; UPDATE closed SET checksum = NULL");
  EXPECT_THAT(refusal([&] { merge(captures, folder / "all.flops"); }), HasSubstr("scope 4711"));
}

TEST(merge, kernels_that_were_counted_in_other_ways_are_refused) {
  test_folder const folder;
  auto ranks = equal_ranks(3);
  ranks[2].measured = false;
  auto const captures = write_ranks(folder, ranks);
  sql(captures[1], "INSERT INTO info VALUES ('scope_depth', '1'); UPDATE closed SET checksum = NULL");
  EXPECT_THAT(
      refusal([&] { merge(captures, folder / "all.flops"); }),
      AllOf(HasSubstr("counted by launch"), HasSubstr("rank1.flops' by scope"), HasSubstr("counted alike")));
  merge({captures[1], captures[2]}, folder / "all.flops");
  EXPECT_EQ(capture_reader(folder / "all.flops").load().processes.size(), 2U) << "one of them counted none";
}

TEST(merge, rows_of_two_processes_are_damage) {
  test_folder const folder;
  merge(write_ranks(folder, equal_ranks(2)), folder / "all.flops");
  sql(folder / "all.flops",
      "UPDATE process_rows SET first = 1 WHERE table_name = 'launch'; UPDATE closed SET checksum = NULL");
  EXPECT_THAT(refusal([&] { static_cast<void>(capture_reader(folder / "all.flops").load()); }),
              HasSubstr("two processes have row 1 of table launch"));
}

TEST(merge, an_older_capture_at_the_path_stays_where_it_is_not_to_be_replaced) {
  test_folder const folder;
  auto const captures = write_ranks(folder, equal_ranks(2));
  merge({captures[0]}, folder / "all.flops");
  EXPECT_NE(refusal([&] { merge(captures, folder / "all.flops", false); }), "");
  EXPECT_EQ(capture_reader(folder / "all.flops").load().processes.size(), 1U);
  merge(captures, folder / "all.flops");
  EXPECT_EQ(capture_reader(folder / "all.flops").load().processes.size(), 2U);
}

}  // namespace
}  // namespace flopwatch::test
