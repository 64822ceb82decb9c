// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Equal siblings in one row, and rows that did nothing. All figures are synthetic.
#include <algorithm>
#include <numeric>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/folded_rows.hpp"
#include "unit/synthetic/analysis_builder.hpp"

namespace flopwatch::report {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

/// Root { layers { 0, 1, ... } }, each with attn and mlp.
struct decoder {
  explicit decoder(int count) {
    root = b.row(0, "", {.type = "Decoder"});
    layers = b.row(root, "layers", {.type = "ModuleList", .calls = 0});
    for (int i = 0; i < count; ++i) {
      auto const layer = b.row(layers, std::to_string(i), {.type = "Layer"});
      b.row(layer, "attn", {.type = "Attention", .parameters = 40, .self = {100, 100, 7}});
      mlps.push_back(b.row(layer, "mlp", {.type = "Linear", .parameters = 80, .self = {300, 300, 5}}));
    }
  }
  test::analysis_builder b;
  std::size_t root = 0, layers = 0;
  std::vector<std::size_t> mlps;
};

folded_rows folded(analysis const& a) {
  std::vector<std::size_t> order(a.tree.rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  return fold_rows(a, order, silences(a));
}

std::vector<std::string> shown(analysis const& a, folded_rows const& f) {
  std::vector<std::string> out;
  for (auto const r : f.order) {
    out.push_back((f.label[r].empty() ? row_name(a.tree.rows[r]) : f.label[r]) + " " +
                  std::to_string(f.times[r]));
  }
  return out;
}

TEST(folded_rows, are_equal_siblings_with_all_below_them) {
  decoder d(24);
  auto const a = d.b.finish();
  EXPECT_THAT(shown(a, folded(a)),
              ElementsAre("(root) 1", "layers 1", "0-23 24", "layers.0.attn 24", "layers.0.mlp 24"));
}

TEST(folded_rows, keep_a_sibling_that_differs_below) {
  decoder d(5);
  d.b.a.tree.rows[d.mlps[2]].total.other_flops += 1;
  auto const a = d.b.finish();
  EXPECT_THAT(shown(a, folded(a)),
              ElementsAre("(root) 1", "layers 1", "0-1, 3-4 4", "layers.0.attn 4", "layers.0.mlp 4",
                          "layers.2 1", "layers.2.attn 1", "layers.2.mlp 1"));
}

TEST(folded_rows, keep_a_sibling_of_another_type_or_with_other_parameters) {
  decoder d(3);
  d.b.a.tree.rows[d.mlps[0]].type = "Conv1D";
  d.b.a.tree.rows[d.mlps[1]].parameters = 81;
  auto const a = d.b.finish();
  EXPECT_THAT(folded(a).times, Not(::testing::Contains(::testing::Gt(1))));
}

TEST(folded_rows, fold_inside_folded_rows) {
  test::analysis_builder b;
  auto const root = b.row(0, "", {.type = "Mixture"});
  for (int layer = 0; layer < 3; ++layer) {
    auto const l = b.row(root, "layer" + std::to_string(layer), {.type = "Layer"});
    for (int e = 0; e < 4; ++e) b.row(l, std::to_string(e), {.type = "Linear", .self = {10, 10, 0}});
  }
  auto const a = b.finish();
  auto const f = folded(a);
  EXPECT_THAT(shown(a, f), ElementsAre("(root) 1", "layer0-2 3", "0-3 12"));
  EXPECT_EQ(f.here[f.order[2]], 4);
}

TEST(folded_rows, keep_equal_siblings_with_names_of_their_own) {
  test::analysis_builder b;
  auto const root = b.row(0, "", {.type = "Attention"});
  for (auto const* name : {"k_proj", "q_proj"}) b.row(root, name, {.type = "Linear", .self = {10, 10, 0}});
  auto const a = b.finish();
  EXPECT_THAT(shown(a, folded(a)), ElementsAre("(root) 1", "k_proj 1", "q_proj 1"));
}

TEST(folded_rows, leave_out_and_count_what_did_nothing) {
  test::analysis_builder b;
  auto const root = b.row(0, "", {.type = "Net"});
  b.row(root, "drop", {.type = "Dropout"});
  auto const group = b.row(root, "drops", {.type = "ModuleList", .calls = 0});
  b.row(group, "0", {.type = "Dropout"});
  b.row(root, "embed", {.type = "Embedding", .parameters = 12});
  auto const strange = b.row(root, "strange", {.type = "Op"});
  b.row(root, "fc", {.type = "Linear", .self = {10, 10, 0}});
  auto const scope = b.row(root, "step", {.type = "scope"});
  b.a.tree.rows[scope].module = 0;
  b.a.tree.rows[strange].has_unsupported = true;
  auto const a = b.finish();
  auto const f = folded(a);
  EXPECT_THAT(shown(a, f), ElementsAre("(root) 1", "embed 1", "strange 1", "fc 1", "step 1"));
  EXPECT_EQ(f.without_work, 3U);
}

TEST(folded_rows, of_a_choice_are_equal_as_far_as_they_are_shown) {
  decoder d(3);
  d.b.a.tree.rows[d.mlps[2]].label = "ffn";
  auto const a = d.b.finish();
  std::vector<std::size_t> without_mlp;
  for (std::size_t r = 0; r < a.tree.rows.size(); ++r) {
    if (std::find(d.mlps.begin(), d.mlps.end(), r) == d.mlps.end()) without_mlp.push_back(r);
  }
  EXPECT_EQ(folded(a).order.size(), 8U) << "two layers are equal, the third has another name below";
  EXPECT_EQ(fold_rows(a, without_mlp, silences(a)).order.size(), 4U);
}

TEST(number_ranges, name_runs_and_gaps) {
  EXPECT_EQ(number_ranges({"0", "1", "2"}), "0-2");
  EXPECT_EQ(number_ranges({"10", "2", "1", "9"}), "1-2, 9-10");
  EXPECT_EQ(number_ranges({"0", "2", "4", "6"}), "0, 2, 4, 6");
  EXPECT_EQ(number_ranges({"0", "2", "4", "6", "8"}), "0, 2, 4 … 8");
  EXPECT_EQ(number_ranges({"07", "08"}), "07-08");
}

TEST(folded_table, of_96_layers_fits_a_screen_and_has_their_sums) {
  decoder d(96);
  auto const a = d.b.finish();
  auto const text = text_report(a, {.units = unit_choice::macs, .width = 100, .explain = false});
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 50);
  EXPECT_THAT(text, HasSubstr("0-95  96×"));
  EXPECT_THAT(text, HasSubstr("28.800")) << "300 MACs in 96 modules, in KMACs";
  auto const all = text_report(a, {.width = 100, .explain = false, .fold = false});
  EXPECT_GT(std::count(all.begin(), all.end(), '\n'), 290);
}

TEST(folded_table, of_a_depth_counts_the_rows_below) {
  decoder d(24);
  auto const a = d.b.finish();
  EXPECT_THAT(text_report(a, {.width = 100, .depth = 3, .explain = false}), HasSubstr("0-23  24× (+48)"));
}

TEST(html_table, escapes_names_and_has_the_signs_below) {
  test::analysis_builder b;
  auto const root = b.row(0, "", {.type = "Net<script>"});
  b.row(root, "a&b", {.type = "Linear", .self = {10, 10, 0}});
  auto const page = html_table(b.finish());
  EXPECT_THAT(page, HasSubstr("<code>Net&lt;script&gt;</code>"));
  EXPECT_THAT(page, HasSubstr("<code>a&amp;b</code>"));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, HasSubstr("Totals: "));
}

}  // namespace
}  // namespace flopwatch::report
