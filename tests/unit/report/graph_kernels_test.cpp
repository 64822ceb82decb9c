// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Kernels that ran in CUDA graphs, from the capture to the reports. Synthetic.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "capture/writer.hpp"
#include "flopwatch/report.hpp"
#include "unit/synthetic/capture_builder.hpp"

namespace flopwatch::test {
namespace {

using testing::HasSubstr;

/// A graph of two kernels of scope "block" (one inside its product) and one of no scope, launched in scope
/// "replay".
class graphs : public testing::Test {
 protected:
  explicit graphs(bool in_range = false) {
    w.add(scope_record{1, 0, "block", "Block", 0, 1, phase::forward, 1});
    w.add(scope_record{2, 0, "replay", "Step", 0, 1, phase::forward, 3});
    operator_call_record mm;
    mm.id = mm.scope = mm.calls = 1;
    mm.name = "aten::mm";
    mm.arithmetic = arithmetic::multiply_add;
    mm.total = {100, 100, 0};
    w.add(mm);
    w.add(kernel_record{1, "gemm", ""});
    w.add(kernel_record{2, "bias", ""});
    w.add(kernel_record{3, "(CUDA graph 1)", ""});
    w.add(graph_kernel_record{3, 1, 1, 1, phase::forward, 2});
    w.add(graph_kernel_record{3, 2, 1, 0, phase::forward, 1});
    w.add(graph_kernel_record{3, 2, 0, 0, phase::forward, 1});
    w.add_plan(1, {{1, 1, ffma_metric, "inst", 0}});
    launch(1, 1, {50.0}, false);
    for (std::int64_t i = 2; i < 5; ++i) launch(i, 3, {}, in_range);
    if (in_range) w.add(scope_range_record{1, 1, 2, phase::forward, 0, 0, 3, {700.0}});
  }

  analysis read() {
    w.set_info(info_key::measured, "collected");
    w.close();
    auto data = read_back(std::move(w)).load();
    return analyse(std::move(data));
  }

  capture_writer w = capture_writer::in_memory();

 private:
  void launch(std::int64_t id, std::int64_t kernel, std::vector<std::optional<double>> counters,
              bool in_range) {
    launch_record r;
    r.id = r.order = id;
    r.kernel = kernel;
    r.operator_call = kernel == 1 ? 1 : 0;
    r.scope = kernel == 3 ? 2 : 1;
    r.plan = counters.empty() ? 0 : 1;
    r.counters = std::move(counters);
    r.in_scope_range = in_range;
    w.add(r);
  }
};

class graphs_in_ranges : public graphs {
 protected:
  graphs_in_ranges() : graphs(true) {}
};

TEST_F(graphs, run_their_kernels_at_each_launch) {
  auto const a = read();
  EXPECT_EQ(a.capture.graph_kernels.size(), 3U);
  std::map<std::string, std::int64_t> runs;
  for (auto const& g : a.capture.launch_groups) {
    if (g.graph != 0) runs[std::to_string(g.kernel) + " in " + std::to_string(g.scope)] += g.launches;
  }
  EXPECT_EQ(runs, (std::map<std::string, std::int64_t>{{"1 in 1", 6}, {"2 in 1", 3}, {"2 in 0", 3}}));
  EXPECT_EQ(a.tree.measured_total.launches, 4) << "the nodes are no launches";
  EXPECT_EQ(a.tree.measured_total.unmeasured_launches, 3);
}

TEST_F(graphs, leave_their_modules_without_a_number) {
  auto const a = read();
  auto const& block = a.tree.rows[row_at(a.tree, "block")].measured;
  EXPECT_EQ(block.multiply_add_flops, std::nullopt) << "six runs of the product had no counters";
  EXPECT_EQ(block.launches, 1);
  EXPECT_EQ(block.unmeasured_launches, 0);
}

TEST_F(graphs_in_ranges, are_in_the_number_of_the_scope_that_launched_them) {
  auto const a = read();
  EXPECT_EQ(a.tree.rows[row_at(a.tree, "replay")].measured.total_flops(), 1400);
  EXPECT_EQ(a.tree.rows[row_at(a.tree, "block")].measured.multiply_add_flops, 100);
}

TEST_F(graphs, are_listed_by_module) {
  auto const report = text_report(read());
  EXPECT_THAT(report, HasSubstr("in a graph"));
  EXPECT_THAT(report, testing::ContainsRegex("gemm +aten::mm +block +6 +in a graph"));
  EXPECT_THAT(report, testing::ContainsRegex("\\(CUDA graph 1\\) +replay +3 +not measured"));
}

TEST_F(graphs, are_named_in_json) {
  auto const kernels = nlohmann::json::parse(json_report(read())).at("kernels");
  std::map<std::string, std::int64_t> runs;
  for (auto const& k : kernels) {
    runs[k.at("graph").is_null() ? "launched" : k.at("graph").get<std::string>()] +=
        k.at("launches").get<std::int64_t>();
  }
  EXPECT_EQ(runs, (std::map<std::string, std::int64_t>{{"launched", 4}, {"(CUDA graph 1)", 12}}));
}

}  // namespace
}  // namespace flopwatch::test
