// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/comparison/verdict_text.hpp"
#include "unit/synthetic/capture_builder.hpp"

namespace flopwatch::test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A root with the modules that a test adds, each called once.
struct formula_verdict : ::testing::Test {
  formula_verdict() {
    root = c.module("Root");
    root_path = c.path(0, "", root);
    root_scope = c.scope(0, "", root);
  }

  struct added {
    std::int64_t module, path, scope;
  };
  added add(std::string const& name, std::string const& type, rule_origin rule, std::int64_t calls = 1) {
    return add_below({root, root_path, root_scope}, name, type, rule, calls);
  }
  added add_below(added const& parent, std::string const& name, std::string const& type, rule_origin rule,
                  std::int64_t calls = 1) {
    auto const m = c.module(type, rule);
    auto const p = c.path(parent.path, name, m);
    auto const path = c.data.module_paths.back().path;
    return {m, p, c.scope(parent.scope, path, m, calls)};
  }
  /// Gives the module `ran` MACs of products and a rule result.
  void count(added const& m, std::int64_t ran, std::int64_t rule) {
    if (ran > 0) c.product(m.scope, "aten::mm", ran);
    c.formula(m.scope, m.module, rule);
  }

  std::vector<std::string> at(std::string const& path) {
    tree = attribute(c.data);
    result = compare(c.data, tree);
    return brief(tree, result, row_at(tree, path));
  }
  verdict const& first(std::string const& path) { return first_verdict(result, row_at(tree, path)); }

  capture_builder c;
  std::int64_t root = 0, root_path = 0, root_scope = 0;
  attribution tree;
  comparison result;
};

TEST_F(formula_verdict, agrees) {
  count(add("fc", "Linear", rule_origin::thop), 100, 100);
  EXPECT_THAT(at(""), ElementsAre("agrees +0 @"));
  EXPECT_EQ(first("").remedy, "");
  EXPECT_THAT(first("").cause, HasSubstr("100 MACs"));
}

TEST_F(formula_verdict, nothing_to_compare_agrees_too) {
  add("drop", "Dropout", rule_origin::thop);
  EXPECT_THAT(at("drop"), ElementsAre("agrees +0 @drop"));
  EXPECT_THAT(first("drop").cause, HasSubstr("No products"));
}

TEST_F(formula_verdict, no_rule_for_a_library_module) {
  auto const mha = add("mha", "MultiheadAttention", rule_origin::none);
  c.module_at(mha.module).library_type = true;
  add_below(mha, "out_proj", "NonDynamicallyQuantizableLinear", rule_origin::none, 0);
  c.product(mha.scope, "aten::bmm", 30);
  c.product(mha.scope, "aten::addmm", 70);
  EXPECT_THAT(at(""), ElementsAre("no_rule -100 @mha"));
  EXPECT_EQ(first("").cause,
            "mha (MultiheadAttention) has no rule and did 100 MACs (aten::addmm 70, aten::bmm 30).");
  EXPECT_THAT(first("").remedy, HasSubstr("Give MultiheadAttention a rule in custom_ops"));
}

TEST_F(formula_verdict, no_rule_for_a_users_leaf) {
  c.product(add("op", "MyOp", rule_origin::none).scope, "aten::mm", 5);
  EXPECT_THAT(at(""), ElementsAre("no_rule -5 @op"));
}

TEST_F(formula_verdict, functional_missed_names_the_largest_operators) {
  auto const block = add("block", "Block", rule_origin::none);
  count(add_below(block, "fc", "Linear", rule_origin::thop), 50, 50);
  for (auto const& [name, macs] : {std::pair{"a", 1}, {"b", 4}, {"c", 3}, {"d", 2}})
    c.product(block.scope, name, macs);
  EXPECT_THAT(at(""), ElementsAre("functional_missed -10 @block"));
  EXPECT_THAT(first("").cause, HasSubstr("(b 4, c 3, d 2 and 1 more)"));
  EXPECT_THAT(first("").remedy, HasSubstr("Give Block a rule in custom_ops for its whole forward"));
}

TEST_F(formula_verdict, functional_missed_at_the_root_has_another_remedy) {
  count(add("fc", "Linear", rule_origin::thop), 50, 50);
  c.product(root_scope, "aten::mm", 7);
  EXPECT_THAT(at(""), ElementsAre("functional_missed -7 @"));
  EXPECT_THAT(first("").remedy, HasSubstr("into their own module"));
}

TEST_F(formula_verdict, work_outside_and_in_plain_scopes_is_functional) {
  c.product(0, "aten::mm", 3);
  c.product(c.scope(root_scope, "loss", 0), "aten::bmm", 4);
  EXPECT_THAT(at(""), ElementsAre("functional_missed -4 @loss", "functional_missed -3 @outside"));
  EXPECT_THAT(result.rows[0].verdicts[1].cause, HasSubstr("outside every module"));
  EXPECT_EQ(result.rows.back().formula_macs, 0);
}

TEST_F(formula_verdict, a_rule_on_the_root_does_not_answer_for_work_outside) {
  c.module_at(root).rule = rule_origin::custom;
  c.formula(root_scope, root, 8);
  c.product(root_scope, "aten::mm", 5);
  count(add("fc", "Linear", rule_origin::thop), 3, 3);
  c.product(0, "aten::mm", 2);
  EXPECT_THAT(at(""), ElementsAre("children_beside_rule +3 @", "functional_missed -2 @outside"));
}

TEST_F(formula_verdict, a_module_that_is_not_registered) {
  auto const stray = c.module("Linear", rule_origin::thop);
  c.product(c.scope(root_scope, "stray", stray), "aten::mm", 6);
  EXPECT_THAT(at(""), ElementsAre("no_rule -6 @stray"));
  EXPECT_THAT(first("").cause, HasSubstr("not registered below the root"));
}

TEST_F(formula_verdict, rule_sees_fewer_calls_of_one_of_several_modules) {
  auto const block = add("block", "Block", rule_origin::custom);
  auto const twice = add_below(block, "step", "Step", rule_origin::none, 3);
  c.product(twice.scope, "aten::mm", 90);
  c.product(block.scope, "aten::mm", 10);
  c.formula(block.scope, block.module, 40);
  EXPECT_THAT(at(""), ElementsAre("rule_sees_fewer_calls -60 @block"));
  EXPECT_THAT(first("").cause, HasSubstr("block.step (Step) ran 3 times"));
  EXPECT_THAT(first("").remedy, HasSubstr("Put the rule on Step"));
}

TEST_F(formula_verdict, rule_sees_fewer_calls_of_two_modules_together) {
  auto const block = add("block", "Block", rule_origin::custom);
  c.product(add_below(block, "a", "A", rule_origin::none, 2).scope, "aten::mm", 20);
  c.product(add_below(block, "b", "B", rule_origin::none, 4).scope, "aten::mm", 400);
  c.formula(block.scope, block.module, 10 + 100);
  EXPECT_THAT(at(""), ElementsAre("rule_sees_fewer_calls -310 @block"));
  EXPECT_THAT(first("").cause, HasSubstr("block.b (B) ran 4 times"));
}

TEST_F(formula_verdict, rule_sees_fewer_calls_further_below) {
  auto const block = add("block", "Block", rule_origin::custom);
  auto const inner = add_below(block, "inner", "Inner", rule_origin::none);
  c.product(add_below(inner, "step", "Step", rule_origin::none, 3).scope, "aten::mm", 90);
  c.product(block.scope, "aten::mm", 10);
  c.formula(block.scope, block.module, 10 + 30);
  EXPECT_THAT(at(""), ElementsAre("rule_sees_fewer_calls -60 @block"));
  EXPECT_THAT(first("").cause, HasSubstr("block.inner.step (Step) ran 3 times"));
}

TEST_F(formula_verdict, repeated_calls_inside_repeated_calls_are_missing_once) {
  auto const block = add("block", "Block", rule_origin::custom);
  auto const a = add_below(block, "a", "A", rule_origin::none, 2);
  c.product(add_below(a, "part", "Part", rule_origin::none, 4).scope, "aten::mm", 40);
  c.product(add_below(block, "b", "B", rule_origin::none, 2).scope, "aten::mm", 8);
  c.product(block.scope, "aten::mm", 10);
  c.formula(block.scope, block.module, 10 + 20 + 4);
  EXPECT_THAT(at(""), ElementsAre("rule_sees_fewer_calls -24 @block"));
  EXPECT_THAT(first("").cause, HasSubstr("block.a (A) ran 2 times"));
}

TEST_F(formula_verdict, rule_sees_fewer_calls_of_the_one_module_that_it_does_not_multiply) {
  auto const block = add("block", "Block", rule_origin::custom);
  c.product(add_below(block, "a", "A", rule_origin::none, 2).scope, "aten::mm", 20);
  c.product(add_below(block, "b", "B", rule_origin::none, 4).scope, "aten::mm", 400);
  c.formula(block.scope, block.module, 20 + 100);
  EXPECT_THAT(at(""), ElementsAre("rule_sees_fewer_calls -300 @block"));
  EXPECT_THAT(first("").cause, HasSubstr("block.b (B) ran 4 times"));
}

TEST_F(formula_verdict, a_rule_for_a_roots_own_products_leaves_the_rest_to_the_modules_below) {
  c.module_at(root).rule = rule_origin::custom;
  c.product(root_scope, "aten::bmm", 9);
  c.formula(root_scope, root, 9);
  auto const block = add("block", "Block", rule_origin::none);
  c.product(block.scope, "aten::bmm", 4);
  count(add_below(block, "fc", "Linear", rule_origin::thop), 5, 5);
  EXPECT_THAT(at(""), ElementsAre("functional_missed -4 @block"));
}

TEST_F(formula_verdict, calls_come_before_a_factor) {
  auto const block = add("block", "Block", rule_origin::custom);
  c.product(add_below(block, "a", "A", rule_origin::none, 2).scope, "aten::mm", 20);
  c.formula(block.scope, block.module, 10);
  EXPECT_THAT(at(""), ElementsAre("rule_sees_fewer_calls -10 @block"));
}

TEST_F(formula_verdict, a_second_call_without_work_is_no_evidence) {
  auto const block = add("block", "Block", rule_origin::custom);
  add_below(block, "drop", "Dropout", rule_origin::thop, 2);
  c.product(block.scope, "aten::mm", 20);
  c.formula(block.scope, block.module, 10);
  EXPECT_THAT(at(""), ElementsAre("rule_wrong_factor -10 @block"));
}

TEST_F(formula_verdict, shared_module_repeated) {
  auto const q = c.module("Linear", rule_origin::thop);
  for (auto const* name : {"p1", "p2"}) {
    auto const part = add(name, "Part", rule_origin::none);
    c.path(part.path, "q", q);
    auto const s = c.scope(part.scope, std::string(name) + ".q", q);
    c.product(s, "aten::mm", 256);
    c.formula(s, q, 256);
  }
  EXPECT_THAT(at(""), ElementsAre("shared_module_repeated +768 @p1.q", "shared_module_repeated +768 @p2.q"));
  EXPECT_THAT(first("").cause, HasSubstr("1,024 MACs here for 256 MACs"));
}

TEST_F(formula_verdict, a_wrong_rule_on_a_shared_module_is_two_causes) {
  auto const q = c.module("Mine", rule_origin::custom);
  for (auto const* name : {"p1", "p2"}) {
    auto const part = add(name, "Part", rule_origin::none);
    c.path(part.path, "q", q);
    auto const s = c.scope(part.scope, std::string(name) + ".q", q);
    c.product(s, "aten::mm", 10);
    c.formula(s, q, 20);
  }
  EXPECT_THAT(at("p1"), ElementsAre("shared_module_repeated +60 @p1.q", "rule_wrong_factor +10 @p1.q"));
}

TEST_F(formula_verdict, rule_wrong_factor_of_two_says_which_unit) {
  count(add("twice", "Mine", rule_origin::custom), 50, 100);
  count(add("half", "Other", rule_origin::custom), 50, 25);
  EXPECT_THAT(at(""), ElementsAre("rule_wrong_factor +50 @twice", "rule_wrong_factor -25 @half"));
  EXPECT_THAT(first("twice").cause, AllOf(HasSubstr("exactly twice"), HasSubstr("counts FLOPs")));
  EXPECT_THAT(first("twice").remedy, HasSubstr("Divide by 2"));
  EXPECT_THAT(first("half").cause, HasSubstr("exactly half"));
  EXPECT_THAT(first("half").remedy, HasSubstr("Multiply by 2"));
}

TEST_F(formula_verdict, rule_wrong_factor_of_more) {
  count(add("large", "Mine", rule_origin::custom), 3, 36);
  count(add("small", "Mine", rule_origin::custom), 36, 3);
  at("");
  EXPECT_THAT(first("large").cause, HasSubstr("exactly 12 times as many"));
  EXPECT_THAT(first("small").cause, HasSubstr("12 times too few"));
}

TEST_F(formula_verdict, a_known_error_of_thops_own_rule_is_told) {
  count(add("up", "ConvTranspose2d", rule_origin::thop), 8192, 32768);
  EXPECT_THAT(at(""), ElementsAre("rule_wrong_factor +24576 @up"));
  EXPECT_THAT(first("").cause, HasSubstr("transposed convolution"));
  EXPECT_THAT(first("").remedy, HasSubstr("custom_ops"));
}

TEST_F(formula_verdict, rule_wrong) {
  count(add("off", "Mine", rule_origin::custom), 50, 33);
  EXPECT_THAT(at(""), ElementsAre("rule_wrong -17 @off"));
  EXPECT_THAT(first("").cause, HasSubstr("17 too few"));
  EXPECT_THAT(first("").remedy, HasSubstr("Mine"));
}

TEST_F(formula_verdict, rule_wrong_where_nothing_ran) {
  count(add("dead", "Mine", rule_origin::custom), 0, 33);
  EXPECT_THAT(at(""), ElementsAre("rule_wrong +33 @dead"));
  EXPECT_THAT(first("").cause, HasSubstr("saw no product there"));
}

TEST_F(formula_verdict, a_rule_in_operations_gives_no_macs) {
  auto const m = add("norm", "Mine", rule_origin::custom);
  c.product(m.scope, "aten::mm", 4);
  c.formula(m.scope, m.module, 9, 1, formula_unit::operations);
  EXPECT_THAT(at(""), ElementsAre("rule_wrong -4 @norm"));
  EXPECT_THAT(first("").cause, HasSubstr("counts operations (9)"));
}

TEST_F(formula_verdict, a_zero_rule_on_a_walked_through_module) {
  auto const s = add("seq", "MySequential", rule_origin::custom);
  c.module_at(s.module).transparent = true;
  c.product(s.scope, "aten::mm", 4);
  c.formula(s.scope, s.module, 0);
  count(add_below(s, "0", "Linear", rule_origin::thop), 5, 5);
  EXPECT_THAT(at(""), ElementsAre("rule_wrong -4 @seq"));
}

TEST_F(formula_verdict, a_rule_whose_children_make_up_for_it_agrees) {
  auto const s = add("seq", "MySequential", rule_origin::custom);
  c.module_at(s.module).transparent = true;
  auto const part = add_below(s, "0", "Part", rule_origin::none);
  c.product(part.scope, "aten::bmm", 4);
  count(add_below(part, "fc", "Linear", rule_origin::thop), 5, 5);
  c.formula(s.scope, s.module, 4);
  EXPECT_THAT(at(""), ElementsAre("agrees +0 @"));
  EXPECT_THAT(at("seq"), ElementsAre("agrees +0 @seq"));
}

TEST_F(formula_verdict, unsupported_operator_explains_a_surplus_and_is_listed_once) {
  auto const m = add("dcn", "Deform", rule_origin::custom);
  count(m, 10, 35);
  c.unsupported(m.scope, "my::deform_conv");
  EXPECT_THAT(at(""), ElementsAre("unsupported_operator +25 @dcn"));
  EXPECT_THAT(first("").cause, HasSubstr("my::deform_conv"));
  EXPECT_THAT(first("").remedy, HasSubstr("operator_rules"));
}

TEST_F(formula_verdict, unsupported_operator_does_not_explain_a_shortfall) {
  auto const m = add("dcn", "Deform", rule_origin::custom);
  count(m, 35, 10);
  c.unsupported(m.scope, "my::deform_conv");
  EXPECT_THAT(at(""), ElementsAre("rule_wrong -25 @dcn", "unsupported_operator +0 @dcn"));
}

TEST_F(formula_verdict, an_unsupported_operator_does_not_hide_that_a_rule_counts_flops) {
  auto const m = add("dcn", "Deform", rule_origin::custom);
  count(m, 10, 20);
  c.unsupported(m.scope, "my::deform_conv");
  EXPECT_THAT(at(""), ElementsAre("rule_wrong_factor +10 @dcn", "unsupported_operator +0 @dcn"));
  EXPECT_THAT(first("").cause, AllOf(HasSubstr("exactly twice"), HasSubstr("1 MAC = 2 FLOPs"),
                                     HasSubstr("my::deform_conv has no operator rule")));
}

TEST_F(formula_verdict, an_unsupported_operator_takes_what_the_rule_claims_beyond_the_count) {
  auto const m = add("dcn", "Deform", rule_origin::custom);
  count(m, 10, 35);
  c.unsupported(m.scope, "my::deform_conv");
  at("");
  EXPECT_THAT(first("").cause, HasSubstr("are this operator's work"));
}

TEST_F(formula_verdict, an_operator_whose_rule_refused_is_not_told_to_get_one) {
  auto const m = add("fc", "Mine", rule_origin::custom);
  count(m, 10, 35);
  c.call_at(c.unsupported(m.scope, "aten::mm")).note = "its second matrix is sparse";
  at("");
  EXPECT_THAT(first("").cause,
              HasSubstr("the rule of aten::mm could not count this call (its second matrix is sparse)"));
  EXPECT_THAT(first("").remedy, ::testing::Not(HasSubstr("Give aten::mm a rule")));
  c.data.formula_calls.back().amount = 10;
  at("");
  auto const& listed = result.rows[0].verdicts.back();
  EXPECT_EQ(listed.kind, verdict_kind::unsupported_operator);
  EXPECT_THAT(listed.cause, HasSubstr("The rule of aten::mm could not count this call (its second matrix"));
  EXPECT_THAT(listed.remedy, ::testing::Not(HasSubstr("Give aten::mm a rule")));
}

TEST_F(formula_verdict, a_loss_elsewhere_is_no_reason_for_a_wrong_rule) {
  count(add("off", "Mine", rule_origin::custom), 50, 33);
  for (auto const* kind : {"module_without_scope", "rule_failed", "count_overflow"}) c.loss(kind);
  EXPECT_THAT(at(""), ElementsAre("rule_wrong -17 @off"));
}

TEST_F(formula_verdict, half_of_everything_is_no_call_too_few_where_a_part_ran_twice) {
  auto const block = add("block", "Block", rule_origin::custom);
  c.product(add_below(block, "small", "Small", rule_origin::none, 2).scope, "aten::mm", 2880);
  c.product(add_below(block, "large", "Large", rule_origin::none).scope, "aten::mm", 9840);
  c.formula(block.scope, block.module, 6360);
  EXPECT_THAT(at(""), ElementsAre("rule_wrong_factor -6360 @block"));
  EXPECT_THAT(first("").cause, HasSubstr("exactly half"));
}

TEST_F(formula_verdict, recomputed_scopes_are_no_part_of_the_formula) {
  auto const fc = add("fc", "Linear", rule_origin::thop);
  count(fc, 10, 10);
  auto const again = c.scope(root_scope, "fc", fc.module);
  c.data.scopes.back().phase = phase::recompute;
  c.call_at(c.product(again, "aten::mm", 10)).phase = phase::recompute;
  c.formula(again, fc.module, 10);
  EXPECT_THAT(at("fc"), ElementsAre("recompute -10 @fc"));
  EXPECT_EQ(tree.formula_macs, 10);
  EXPECT_EQ(tree.rows[row_at(tree, "fc")].calls, 1);
}

TEST_F(formula_verdict, a_row_below_a_rule_that_is_right_gets_no_warning) {
  auto const block = add("block", "Block", rule_origin::custom);
  auto const part = add_below(block, "part", "Part", rule_origin::none);
  c.product(part.scope, "aten::bmm", 4);
  count(add_below(part, "fc", "Linear", rule_origin::thop), 5, 5);
  count(add_below(part, "off", "Mine", rule_origin::custom), 5, 6);
  c.formula(block.scope, block.module, 14);
  EXPECT_THAT(at("block"), ElementsAre("agrees +0 @block"));
  EXPECT_THAT(at("block.part"), IsEmpty());
  EXPECT_THAT(at("block.part.fc"), ElementsAre("agrees +0 @block.part.fc"));
  EXPECT_THAT(at("block.part.off"), IsEmpty());
}

TEST_F(formula_verdict, sums_that_do_not_fit_are_a_loss) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  count(add("a", "Linear", rule_origin::thop), most - 1, 3);
  count(add("b", "Linear", rule_origin::thop), most - 2, 4);
  at("");
  EXPECT_EQ(tree.operator_total.macs, most);
  ASSERT_EQ(tree.losses.size(), 1U);
  EXPECT_EQ(tree.losses[0].kind, "count_overflow");
  EXPECT_EQ(tree.losses[0].severity, severity::error);
  EXPECT_EQ(result.losses.size(), 1U);
  c.call_at(1).total = {3, 3, 0};
  c.call_at(2).total = {4, 4, 0};
  at("");
  EXPECT_THAT(tree.losses, IsEmpty());
  EXPECT_THAT(result.losses, IsEmpty());
}

TEST_F(formula_verdict, partly_counted_explains_a_surplus_only_without_an_unsupported_one) {
  auto const m = add("mix", "Mix", rule_origin::custom);
  count(m, 10, 35);
  auto const call = c.unsupported(m.scope, "my::fused", operator_status::partly_counted);
  c.call_at(call).note = "no rule for this layout";
  EXPECT_THAT(at(""), ElementsAre("partly_counted +25 @mix"));
  c.unsupported(m.scope, "my::op");
  EXPECT_THAT(at(""), ElementsAre("unsupported_operator +25 @mix", "partly_counted +0 @mix"));
  EXPECT_THAT(result.rows[1].verdicts[1].cause, HasSubstr("no rule for this layout"));
}

TEST_F(formula_verdict, unsupported_operators_are_listed_up_to_the_root) {
  auto const block = add("block", "Block", rule_origin::none);
  auto const inner = add_below(block, "inner", "Inner", rule_origin::none);
  c.unsupported(inner.scope, "my::op");
  c.unsupported(inner.scope, "my::op");
  c.unsupported(inner.scope, "my::second");
  for (auto const* path : {"", "block", "block.inner"}) {
    EXPECT_THAT(at(path), ElementsAre("unsupported_operator +0 @block.inner")) << path;
  }
  EXPECT_THAT(first("").cause, AllOf(HasSubstr("my::op and others"), HasSubstr("3 calls")));
  count(add("fc", "Linear", rule_origin::thop), 5, 5);
  EXPECT_THAT(at(""), ElementsAre("equal_as_counted +0 @", "unsupported_operator +0 @block.inner"));
}

TEST_F(formula_verdict, unsupported_operators_below_a_hiding_rule_are_listed_above_it) {
  auto const block = add("block", "Block", rule_origin::custom);
  auto const inner = add_below(block, "inner", "Inner", rule_origin::custom);
  count(inner, 10, 15);
  c.unsupported(inner.scope, "my::op");
  c.formula(block.scope, block.module, 10);
  EXPECT_THAT(at("block.inner"), ElementsAre("unsupported_operator +0 @block.inner"));
  EXPECT_THAT(at(""), ElementsAre("equal_as_counted +0 @", "unsupported_operator +0 @block.inner"));
}

TEST_F(formula_verdict, formula_incomplete_where_a_ruled_module_has_no_scope) {
  auto const list = c.module("ModuleList");
  c.module_at(list).transparent = true;
  c.module_at(list).opens_scope = false;
  auto const fc = c.module("Linear", rule_origin::thop);
  c.module_at(fc).opens_scope = false;
  c.path(c.path(root_path, "layers", list), "0", fc);
  c.product(root_scope, "aten::mm", 12);
  EXPECT_THAT(at(""), ElementsAre("functional_missed -12 @"));
  c.loss("module_without_scope");
  EXPECT_THAT(at(""), ElementsAre("formula_incomplete -12 @"));
  EXPECT_THAT(first("").remedy, HasSubstr("flopwatch::nn"));
  EXPECT_THAT(at("layers.0"), ElementsAre("formula_incomplete +0 @layers.0"));
}

TEST_F(formula_verdict, formula_incomplete_where_a_rule_failed) {
  auto const m = add("bad", "Bad", rule_origin::custom);
  c.product(m.scope, "aten::mm", 12);
  c.loss("rule_failed");
  EXPECT_THAT(at(""), ElementsAre("formula_incomplete -12 @bad"));
  c.data.scopes.back().entries = 2;
  c.formula(m.scope, m.module, 5);
  EXPECT_THAT(at(""), ElementsAre("formula_incomplete -7 @bad"));
  c.data.formula_calls.back().calls = 2;
  EXPECT_THAT(at(""), ElementsAre("rule_wrong -7 @bad"));
}

TEST_F(formula_verdict, other_phases_are_no_fault_of_the_rule) {
  auto const fc = add("fc", "Linear", rule_origin::thop);
  count(fc, 10, 10);
  c.call_at(c.product(fc.scope, "aten::mm", 20)).phase = phase::backward;
  c.call_at(c.product(fc.scope, "aten::mm", 10)).phase = phase::recompute;
  c.call_at(c.product(0, "aten::mm", 1)).phase = phase::optimizer;
  EXPECT_THAT(at("fc"), ElementsAre("backward_not_in_formula -20 @fc", "recompute -10 @fc"));
  EXPECT_THAT(at(""), ElementsAre("backward_not_in_formula -21 @", "recompute -10 @"));
}

TEST_F(formula_verdict, a_module_called_by_a_neighbour_of_its_hiding_parent) {
  auto const block = add("block", "Block", rule_origin::custom);
  c.formula(block.scope, block.module, 3);
  c.product(block.scope, "aten::mm", 3);
  auto const inner = c.module("Linear", rule_origin::thop);
  c.path(block.path, "inner", inner);
  auto const user = add("user", "User", rule_origin::none);
  auto const s = c.scope(user.scope, "block.inner", inner);
  c.product(s, "aten::mm", 8);
  c.formula(s, inner, 8);
  EXPECT_THAT(at("user"), ElementsAre("functional_missed -8 @block.inner"));
  EXPECT_THAT(at(""), ElementsAre("functional_missed -8 @block.inner"));
  EXPECT_THAT(first("").cause, HasSubstr("registered below a rule that ends the walk"));
}

TEST_F(formula_verdict, a_module_called_below_a_rule_but_registered_beside_it) {
  auto const table = c.module("Linear", rule_origin::thop);
  c.path(root_path, "table", table);
  auto const block = add("block", "Block", rule_origin::custom);
  auto const s = c.scope(block.scope, "table", table);
  c.product(s, "aten::mm", 8);
  c.formula(s, table, 8);
  c.formula(block.scope, block.module, 8);
  EXPECT_THAT(at(""), ElementsAre("children_beside_rule +8 @block"));
  EXPECT_THAT(first("").cause, HasSubstr("registered elsewhere"));
}

TEST(formula_verdicts, there_are_none_without_a_watched_module) {
  capture_builder c;
  c.product(c.scope(0, "step", 0), "aten::mm", 5);
  auto const tree = attribute(c.data);
  auto const result = compare(c.data, tree);
  EXPECT_EQ(result.rows[0].formula_macs, std::nullopt);
  EXPECT_EQ(result.rows[0].formula_minus_operator, std::nullopt);
  EXPECT_EQ(result.rows[0].operator_macs, 5);
  EXPECT_THAT(result.rows[0].verdicts, IsEmpty());
  c.unsupported(1, "my::op");
  auto const again = compare(c.data, attribute(c.data));
  EXPECT_EQ(again.rows[0].verdicts.size(), 1U);
}

}  // namespace
}  // namespace flopwatch::test
