// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Scopes that the program opens around calls of the watched root.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flopwatch/report.hpp"
#include "unit/comparison/verdict_text.hpp"
#include "unit/synthetic/capture_builder.hpp"

namespace flopwatch::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A root with a layer and some products of its own, called inside scopes of the program.
struct a_scope_around_the_root : ::testing::Test {
  a_scope_around_the_root() {
    root = c.module("Net");
    fc = c.module("Linear", rule_origin::thop);
    c.path(c.path(0, "", root), "fc", fc);
  }

  /// One call of the root: 100 MACs in `fc` and 7 in the root itself, for each of `calls`.
  std::int64_t forward(std::int64_t around, std::int64_t calls = 1) {
    auto const top = c.scope(around, "", root, calls);
    auto const layer = c.scope(top, "fc", fc, calls);
    c.product(top, "aten::bmm", 7 * calls, 5 * calls);
    c.product(layer, "aten::addmm", 100 * calls);
    c.formula(layer, fc, 100 * calls, calls);
    return layer;
  }
  void analyse_it() { a = analyse(c.data); }
  std::size_t at(std::string const& path) { return row_at(a.tree, path); }
  std::vector<std::string> verdicts(std::string const& path, columns between = columns::formula_operator) {
    return brief(a.tree, a.differences, at(path), between);
  }
  std::int64_t macs(std::string const& path) { return a.differences.rows[at(path)].operator_macs; }

  capture_builder c;
  std::int64_t root = 0, fc = 0;
  analysis a;
};

TEST_F(a_scope_around_the_root, holds_what_ran_in_it_and_adds_nothing_to_the_totals) {
  forward(c.scope(0, "prefill", 0));
  forward(c.scope(0, "decode", 0, 10), 10);
  analyse_it();
  EXPECT_EQ(macs("prefill"), 107);
  EXPECT_EQ(macs("decode"), 1070);
  EXPECT_EQ(a.differences.rows[at("decode")].formula_macs, 1000);
  EXPECT_EQ(a.tree.rows[at("decode")].shown_total().other_flops, 50);
  EXPECT_EQ(macs(""), 11 * 107);
  EXPECT_EQ(macs("fc"), 1100);
  EXPECT_EQ(a.tree.formula_macs, 1100);
  EXPECT_EQ(a.tree.rows[0].calls, 11);
  EXPECT_THAT(verdicts("decode"), ElementsAre("functional_missed -70 @"));
  EXPECT_THAT(verdicts("prefill"), ElementsAre("functional_missed -7 @"));
  EXPECT_THAT(verdicts(""), ElementsAre("functional_missed -77 @"));
}

TEST_F(a_scope_around_the_root, that_agrees_says_so_in_its_own_name) {
  auto const top = c.scope(c.scope(0, "prefill", 0), "", root);
  auto const layer = c.scope(top, "fc", fc);
  c.product(layer, "aten::addmm", 100);
  c.formula(layer, fc, 100);
  analyse_it();
  EXPECT_THAT(verdicts("prefill"), ElementsAre("agrees +0 @prefill"));
  EXPECT_EQ(first_verdict(a.differences, at("prefill")).cause,
            "Formula and operators agree in prefill (scope): 100 MACs.");
}

TEST_F(a_scope_around_the_root, in_another_one_counts_for_both) {
  auto const outer = c.scope(0, "request", 0);
  forward(c.scope(outer, "request.prefill", 0));
  forward(c.scope(outer, "request.decode", 0), 2);
  c.product(outer, "aten::mm", 1);
  analyse_it();
  EXPECT_EQ(macs("request"), 3 * 107 + 1);
  EXPECT_EQ(macs("request.prefill"), 107);
  EXPECT_EQ(macs("request.decode"), 214);
  EXPECT_EQ(macs(""), 3 * 107 + 1);
  EXPECT_THAT(verdicts("request"), ElementsAre("functional_missed -21 @", "functional_missed -1 @request"));
}

TEST_F(a_scope_around_the_root, holds_its_own_work_beside_that_of_the_model) {
  auto const step = c.scope(0, "step", 0);
  forward(step);
  c.product(step, "aten::mm", 3);
  c.product(0, "aten::mm", 2000);
  analyse_it();
  EXPECT_EQ(macs("step"), 110);
  EXPECT_EQ(a.tree.rows[at("step")].self.macs, 3);
  EXPECT_EQ(macs(""), 2110);
  EXPECT_THAT(verdicts("step"), ElementsAre("functional_missed -7 @", "functional_missed -3 @step"));
}

TEST_F(a_scope_around_the_root, has_the_backward_pass_of_what_ran_in_it) {
  auto const layer = forward(c.scope(0, "micro_batch", 0));
  c.call_at(c.product(layer, "aten::mm", 200)).phase = phase::backward;
  analyse_it();
  EXPECT_EQ(macs("micro_batch"), 307);
  EXPECT_EQ(a.tree.rows[at("micro_batch")].shown_by_phase()[phase::backward].macs, 200);
  EXPECT_THAT(verdicts("micro_batch"),
              ElementsAre("backward_not_in_formula -200 @micro_batch", "functional_missed -7 @"));
  EXPECT_THAT(first_verdict(a.differences, at("micro_batch")).cause, HasSubstr("of micro_batch (scope)"));
  auto const backward = of_phase(a, phase::backward);
  EXPECT_EQ(backward.differences.rows[row_at(backward.tree, "micro_batch")].operator_macs, 200);
}

TEST_F(a_scope_around_the_root, is_told_apart_from_a_scope_of_its_name_in_the_model) {
  auto const outer = c.scope(0, "loss", 0);
  auto const top = c.scope(outer, "", root);
  c.product(c.scope(top, "loss", 0), "aten::mm", 11);
  c.product(outer, "aten::mm", 5);
  auto const like_a_module = c.scope(0, "fc", 0);
  c.product(like_a_module, "aten::mm", 13);
  analyse_it();
  EXPECT_EQ(macs("loss"), 11);
  EXPECT_EQ(macs("loss (outside the model)"), 16);
  EXPECT_EQ(macs("fc"), 0);
  EXPECT_EQ(macs("fc (outside the model)"), 13);
}

TEST_F(a_scope_around_the_root, compares_the_counters_of_its_launches) {
  auto const prefill = c.scope(0, "prefill", 0);
  auto const layer = forward(prefill);
  auto const kernel = c.kernel("gemm");
  c.launch(layer, 2, kernel, {{ffma_metric, 100}});
  c.launch(layer, 1, kernel, {{ffma_metric, 7}, {fadd_metric, 5}});
  c.scope(0, "nothing", 0);
  forward(c.scope(0, "on_the_cpu", 0));
  analyse_it();
  auto const& r = a.differences.rows[at("prefill")];
  EXPECT_EQ(r.measured_flops, 219);
  EXPECT_EQ(r.measured_minus_operator, 0);
  EXPECT_EQ(a.differences.rows[at("on_the_cpu")].measured_flops, 0);
  EXPECT_EQ(a.tree.measured_total.total_flops(), 219);
}

TEST_F(a_scope_around_the_root, has_its_work_in_table_and_json) {
  forward(c.scope(0, "prefill", 0));
  analyse_it();
  auto const text = text_report(a);
  EXPECT_THAT(text, HasSubstr("prefill *"));
  EXPECT_THAT(text, HasSubstr("its work is in the rows of the modules, too"));
  auto const json = json_report(a);
  EXPECT_THAT(json, HasSubstr("\"around_root\": true"));
  EXPECT_EQ(a.tree.rows[at("prefill")].total.macs, 0) << "sums over rows stay whole";
}

/// Two roots, as a generator and a discriminator.
struct several_roots : ::testing::Test {
  several_roots() {
    auto const group = c.module("");
    c.module_at(group).transparent = true;
    auto const top = c.path(0, "", group);
    gen = c.module("Linear", rule_origin::thop);
    disc = c.module("Linear", rule_origin::thop);
    c.path(top, "gen", gen);
    c.path(top, "disc", disc);
  }
  void call(std::int64_t around, std::string const& name, std::int64_t module, std::int64_t macs) {
    auto const s = c.scope(around, name, module);
    c.product(s, "aten::addmm", macs);
    c.formula(s, module, macs);
  }
  capture_builder c;
  std::int64_t gen = 0, disc = 0;
};

TEST_F(several_roots, stand_at_the_top_by_their_names) {
  call(0, "gen", gen, 10);
  call(0, "disc", disc, 20);
  auto const a = analyse(c.data);
  EXPECT_EQ(a.tree.rows[row_at(a.tree, "gen")].parent, 0U);
  EXPECT_EQ(a.tree.rows[row_at(a.tree, "disc")].total.macs, 20);
  EXPECT_EQ(a.tree.formula_macs, 30);
  EXPECT_THAT(brief(a.tree, a.differences, 0), ElementsAre("agrees +0 @"));
}

TEST_F(several_roots, keep_their_rows_in_scopes_around_them) {
  auto const step = c.scope(0, "step", 0);
  call(step, "gen", gen, 10);
  call(step, "disc", disc, 20);
  call(0, "gen", gen, 1);
  auto const a = analyse(c.data);
  EXPECT_EQ(a.tree.rows.size(), 4U);
  EXPECT_EQ(a.tree.rows[row_at(a.tree, "gen")].parent, 0U);
  EXPECT_EQ(a.differences.rows[row_at(a.tree, "step")].operator_macs, 30);
  EXPECT_EQ(a.differences.rows[row_at(a.tree, "gen")].operator_macs, 11);
}

}  // namespace
}  // namespace flopwatch::test
