// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/comparison/verdict_text.hpp"
#include "unit/synthetic/capture_builder.hpp"
#include "unit/synthetic/model.hpp"

/// An attention block (dimension 768, 12 heads, 640 tokens) whose forward does two batched products, under
/// the rules that people write for it. The totals are those of thop 0.1.1.

namespace flopwatch::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::int64_t tokens = 640;
constexpr std::int64_t dim = 768;
constexpr std::int64_t in_linear = tokens * dim * 3 * dim + tokens * dim * dim;
constexpr std::int64_t in_products = 2 * tokens * tokens * dim;
static_assert(in_linear == 1509949440 && in_products == 629145600);

enum class upper { none, outer, sequential };

struct example {
  upper above = upper::none;
  bool rule_on_custom = false;
  bool rule_on_attention = false;
  int calls = 1;
  bool attention_is_root = false;
};

synthetic_modules model(example const& e) {
  synthetic_modules all(7);
  auto& outer = all[0];
  auto& custom = all[1];
  auto& attention = all[2];
  for (auto i : {3U, 4U}) {
    all[i].type = "Linear";
    all[i].library = true;
    all[i].rule = rule_origin::thop;
    all[i].scale = 1;
  }
  all[3].forward = {{nullptr, tokens * dim * 3 * dim, "aten::mm"}};
  all[4].forward = {{nullptr, tokens * dim * dim, "aten::addmm"}};
  for (auto i : {5U, 6U}) {
    all[i].type = "Dropout";
    all[i].library = true;
    all[i].rule = rule_origin::thop;
  }
  attention.type = "Attention";
  attention.children = {{"qkv", &all[3]}, {"attn_drop", &all[5]}, {"proj", &all[4]}, {"proj_drop", &all[6]}};
  attention.forward = {{&all[3], 0, ""}, {nullptr, in_products / 2, "aten::bmm"},
                       {&all[5], 0, ""}, {nullptr, in_products / 2, "aten::bmm"},
                       {&all[4], 0, ""}, {&all[6], 0, ""}};
  custom.type = e.above == upper::sequential ? "CustomSequential" : "CustomModule";
  custom.transparent = e.above == upper::sequential;
  custom.children = {{"attn", &attention}};
  for (int i = 0; i < e.calls; ++i) custom.forward.push_back({&attention, 0, ""});
  outer.type = "Outer";
  outer.children = {{"custom", &custom}};
  outer.forward = {{&custom, 0, ""}};
  // The rule is that of one call of the attention block, wherever it is put.
  auto const put_rule = [](synthetic_module& m) {
    m.rule = rule_origin::custom;
    m.constant = in_linear + in_products;
  };
  if (e.rule_on_custom) put_rule(custom);
  if (e.rule_on_attention) put_rule(attention);
  return all;
}

struct outcome {
  attribution tree;
  comparison result;
  std::int64_t thop = 0;
};

outcome run(example const& e) {
  auto all = model(e);
  auto& root = e.attention_is_root ? all[2] : e.above == upper::none ? all[1] : all[0];
  auto const capture = recorded(root);
  outcome o;
  o.tree = attribute(capture);
  o.result = compare(capture, o.tree);
  o.thop = simulate_hooks(root).total;
  EXPECT_EQ(o.tree.formula_total, o.thop);
  return o;
}

std::vector<std::string> causes(outcome const& o, std::size_t row = 0) {
  return brief(o.tree, o.result, row);
}

TEST(attention_example, no_rule) {
  auto const o = run({});
  EXPECT_EQ(o.thop, 1509949440);
  EXPECT_EQ(o.result.rows[0].formula_minus_operator, -629145600);
  EXPECT_THAT(causes(o), ElementsAre("functional_missed -629145600 @attn"));
  EXPECT_THAT(first_verdict(o.result, 0).cause, HasSubstr("aten::bmm 629,145,600"));
  EXPECT_THAT(first_verdict(o.result, 0).remedy, HasSubstr("Give Attention a rule"));
  EXPECT_THAT(causes(o, row_at(o.tree, "attn.qkv")), ElementsAre("agrees +0 @attn.qkv"));
}

TEST(attention_example, rule_on_attention) {
  auto const o = run({.rule_on_attention = true});
  EXPECT_EQ(o.thop, 2139095040);
  EXPECT_THAT(causes(o), ElementsAre("agrees +0 @"));
}

TEST(attention_example, rule_on_the_root) {
  auto const o = run({.rule_on_custom = true});
  EXPECT_EQ(o.thop, 3649044480);
  EXPECT_THAT(causes(o), ElementsAre("children_beside_rule +1509949440 @"));
  EXPECT_THAT(first_verdict(o.result, 0).cause,
              HasSubstr("gave 2,139,095,040 MACs and thop added 1,509,949,440"));
  EXPECT_THAT(first_verdict(o.result, 0).remedy, HasSubstr("Profile a wrapper"));
}

TEST(attention_example, rules_on_the_root_and_on_attention) {
  auto const o = run({.rule_on_custom = true, .rule_on_attention = true});
  EXPECT_EQ(o.thop, 4278190080);
  EXPECT_THAT(causes(o), ElementsAre("children_beside_rule +2139095040 @"));
}

TEST(attention_example, rule_on_the_root_and_two_calls) {
  auto const o = run({.rule_on_custom = true, .calls = 2});
  EXPECT_EQ(o.thop, 5158993920);
  EXPECT_EQ(o.result.rows[0].formula_minus_operator, 880803840);
  EXPECT_THAT(causes(o),
              ElementsAre("children_beside_rule +3019898880 @", "rule_sees_fewer_calls -2139095040 @"));
  EXPECT_THAT(o.result.rows[0].verdicts[1].cause, HasSubstr("attn (Attention) ran 2 times"));
  EXPECT_THAT(o.result.rows[0].verdicts[1].remedy, HasSubstr("Put the rule on Attention"));
}

TEST(attention_example, rule_on_attention_and_two_calls) {
  auto const o = run({.rule_on_attention = true, .calls = 2});
  EXPECT_EQ(o.thop, 4278190080);
  EXPECT_THAT(causes(o), ElementsAre("agrees +0 @"));
}

TEST(attention_example, rules_on_both_and_two_calls) {
  auto const o = run({.rule_on_custom = true, .rule_on_attention = true, .calls = 2});
  EXPECT_EQ(o.thop, 6417285120);
  EXPECT_THAT(causes(o),
              ElementsAre("children_beside_rule +4278190080 @", "rule_sees_fewer_calls -2139095040 @"));
}

TEST(attention_example, below_another_module_the_rule_hides_what_is_below) {
  auto const o = run({.above = upper::outer, .rule_on_custom = true});
  EXPECT_EQ(o.thop, 2139095040);
  EXPECT_THAT(causes(o), ElementsAre("agrees +0 @"));
  EXPECT_THAT(causes(o, row_at(o.tree, "custom")), ElementsAre("agrees +0 @custom"));
  auto const attention = row_at(o.tree, "custom.attn");
  EXPECT_TRUE(o.result.rows[attention].formula_hidden);
  EXPECT_EQ(o.result.rows[attention].formula_macs, in_linear);
  EXPECT_THAT(causes(o, attention), ::testing::IsEmpty());
  EXPECT_THAT(causes(o, row_at(o.tree, "custom.attn.qkv")), ElementsAre("agrees +0 @custom.attn.qkv"));
}

TEST(attention_example, below_another_module_the_upper_rule_hides_the_lower) {
  auto const o = run({.above = upper::outer, .rule_on_custom = true, .rule_on_attention = true});
  EXPECT_EQ(o.thop, 2139095040);
  EXPECT_THAT(causes(o), ElementsAre("agrees +0 @"));
  EXPECT_THAT(causes(o, row_at(o.tree, "custom.attn")), ElementsAre("agrees +0 @custom.attn"));
}

TEST(attention_example, below_another_module_with_two_calls) {
  auto const o = run({.above = upper::outer, .rule_on_custom = true, .calls = 2});
  EXPECT_EQ(o.thop, 2139095040);
  EXPECT_EQ(o.result.rows[0].operator_macs, 4278190080);
  EXPECT_THAT(causes(o), ElementsAre("rule_sees_fewer_calls -2139095040 @custom"));
}

TEST(attention_example, rule_on_a_sequential) {
  auto const o = run({.above = upper::sequential, .rule_on_custom = true});
  EXPECT_EQ(o.thop, 3649044480);
  EXPECT_THAT(causes(o), ElementsAre("children_beside_rule +1509949440 @custom"));
  EXPECT_THAT(first_verdict(o.result, 0).cause, HasSubstr("at a Sequential or ModuleList"));
}

TEST(attention_example, rule_on_attention_as_root) {
  auto const o = run({.rule_on_attention = true, .attention_is_root = true});
  EXPECT_EQ(o.thop, 3649044480);
  EXPECT_THAT(causes(o), ElementsAre("children_beside_rule +1509949440 @"));
}

TEST(attention_example, rule_on_the_root_for_its_own_products_alone_is_right) {
  auto all = model({});
  all[2].rule = rule_origin::custom;
  all[2].constant = in_products;
  auto const capture = recorded(all[2]);
  auto const tree = attribute(capture);
  auto const result = compare(capture, tree);
  EXPECT_EQ(tree.formula_total, in_linear + in_products);
  EXPECT_THAT(brief(tree, result, 0), ElementsAre("agrees +0 @"));
}

}  // namespace
}  // namespace flopwatch::test
