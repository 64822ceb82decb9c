// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/comparison/verdict_text.hpp"
#include "unit/synthetic/fused_builder.hpp"

namespace flopwatch::test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// Synthetic captures of a formula's forward and a recorded one with a fused path.
struct synthetic_fused_path : ::testing::Test {
  std::vector<std::string> at(std::string const& path) {
    tree = attribute(c.data);
    result = compare(c.data, tree);
    return brief(tree, result, row_at(tree, path));
  }
  verdict const& first(std::string const& path) { return first_verdict(result, row_at(tree, path)); }
  std::int64_t difference(std::string const& path) {
    return *result.rows[row_at(tree, path)].formula_minus_operator;
  }
  /// A module of the user's, called once, that did `macs` itself.
  fused_builder::added add_block(std::int64_t macs) {
    auto const block = c.add(c.root, "block", "Block");
    if (macs > 0) c.product(block.scope, "aten::mm", macs);
    return block;
  }

  fused_builder c;
  attribution tree;
  comparison result;
};

TEST_F(synthetic_fused_path, of_an_encoder_layer_is_explained_on_both_sides) {
  c.add_encoder_layer(c.root, "layer");
  for (auto const* path : {"", "layer"}) {
    EXPECT_THAT(at(path), ElementsAre("no_rule -130 @layer", "not_called_fused +40 @layer.linear1",
                                      "not_called_fused +40 @layer.linear2"));
    EXPECT_EQ(difference(path), 80 - 130);
  }
  EXPECT_EQ(
      first("").cause,
      "layer (TransformerEncoderLayer) has no rule and did 130 MACs (aten::addmm 120, aten::bmm 10). They "
      "include the work of 2 modules below it that were not called (fused), 80 MACs by the formula: "
      "layer.linear1 (Linear), layer.linear2 (Linear).");
  EXPECT_THAT(at("layer.linear1"), ElementsAre("not_called_fused +40 @layer.linear1"));
  EXPECT_EQ(
      first("layer.linear1").cause,
      "The formula counts 40 MACs in layer.linear1 (Linear) for 1 call in its own forward; the recorded "
      "forward did not call it: layer (TransformerEncoderLayer) did its work in its own operators (130 MACs: "
      "aten::addmm 120, aten::bmm 10).");
  EXPECT_EQ(first("layer.linear1").remedy,
            "Nothing is wrong: its work is in the row of the TransformerEncoderLayer above it. Compare the "
            "columns there.");
}

TEST_F(synthetic_fused_path, rows_without_a_difference_say_where_their_work_stands) {
  c.add_encoder_layer(c.root, "layer");
  for (auto const* path : {"layer.self_attn", "layer.self_attn.out_proj", "layer.dropout", "layer.norm1"}) {
    EXPECT_THAT(at(path), ElementsAre(fmt::format("not_called_fused +0 @{}", path)));
    EXPECT_THAT(first(path).cause,
                AllOf(HasSubstr("was not called: layer (TransformerEncoderLayer) did its work"),
                      HasSubstr("130 MACs")));
  }
}

TEST_F(synthetic_fused_path, equal_layers_have_equal_remedies) {
  c.add_encoder_layer(c.root, "a");
  c.add_encoder_layer(c.root, "b");
  at("");
  EXPECT_EQ(first("a.linear1").remedy, first("b.linear1").remedy);
}

TEST_F(synthetic_fused_path, in_a_users_module_is_functional_work_that_holds_its_modules) {
  auto const block = add_block(50);
  c.add_answered(block, "a", 10);
  EXPECT_THAT(at(""), ElementsAre("functional_missed -50 @block", "not_called_fused +10 @block.a"));
  EXPECT_THAT(first("").cause,
              HasSubstr("They include the work of 1 module below it that was not called (fused), 10 MACs by "
                        "the formula: block.a (Linear)."));
  for (auto const* name : {"b", "c", "d"}) c.add_answered(block, name, 10);
  at("");
  EXPECT_THAT(
      first("").cause,
      HasSubstr("4 modules below it that were not called (fused), 40 MACs by the formula: block.a (Linear), "
                "block.b (Linear), block.c (Linear) and 1 more."));
}

TEST_F(synthetic_fused_path, whose_operator_has_no_rule_is_said_so) {
  auto const block = add_block(0);
  c.add_answered(block, "a", 10);
  c.unsupported(block.scope, "my::fused");
  EXPECT_THAT(at(""), ElementsAre("not_called_fused +10 @block.a", "unsupported_operator +0 @block"));
  EXPECT_THAT(first("").cause, HasSubstr("in its own operators, which were not counted in full"));
}

TEST_F(synthetic_fused_path, is_not_claimed_for_a_module_that_was_skipped) {
  c.add_answered(add_block(0), "a", 10);
  EXPECT_THAT(at(""), ElementsAre("rule_sees_more_calls +10 @block.a"));
  EXPECT_THAT(first("").cause, AllOf(HasSubstr("the recorded forward did not call it"),
                                     HasSubstr("did not do its work instead")));
  EXPECT_THAT(first("").remedy, HasSubstr("evaluation mode"));
}

TEST_F(synthetic_fused_path, is_not_claimed_for_a_rule_that_was_asked_about_a_call_without_products) {
  auto const block = add_block(50);
  auto const dead = c.add(block, "dead", "Mine", rule_origin::custom);
  c.formula(dead.scope, dead.module, 10);
  EXPECT_THAT(at(""), ElementsAre("functional_missed -50 @block", "rule_wrong +10 @block.dead"));
  EXPECT_THAT(first("").cause, Not(HasSubstr("fused")));
}

TEST_F(synthetic_fused_path, in_some_calls_is_no_rule_that_counts_flops) {
  auto const block = add_block(50);
  auto const a = c.add(block, "a", "Linear", rule_origin::thop, 1);
  c.product(a.scope, "aten::mm", 10);
  c.formula(a.scope, a.module, 20, 2);
  EXPECT_THAT(at(""), ElementsAre("functional_missed -50 @block", "not_called_fused +10 @block.a"));
  EXPECT_THAT(
      first("block.a").cause,
      HasSubstr("for 2 calls in its own forward; the recorded forward called it 1 time: block (Block) "
                "did the rest"));
  EXPECT_THAT(first("").cause, HasSubstr("was not always called (fused), 10 MACs by the formula"));
}

TEST_F(synthetic_fused_path, of_several_calls_of_different_sizes_is_one_amount) {
  c.add_answered(add_block(50), "a", 41);
  c.data.formula_calls.back().calls = 2;
  EXPECT_THAT(at("block.a"), ElementsAre("not_called_fused +41 @block.a"));
  EXPECT_THAT(first("block.a").cause, HasSubstr("41 MACs in block.a (Linear) for 2 calls"));
}

TEST_F(synthetic_fused_path, counts_what_stands_below_a_rule_once) {
  auto const mine = c.add_answered(add_block(50), "mine", 20, "Mine");
  c.add_answered(mine, "fc", 20);
  EXPECT_THAT(at(""), ElementsAre("functional_missed -50 @block", "not_called_fused +20 @block.mine"));
  EXPECT_THAT(first("").cause,
              HasSubstr("1 module below it that was not called (fused), 20 MACs by the formula: block.mine "
                        "(Mine)."));
}

TEST_F(synthetic_fused_path, in_some_calls_must_fit_the_calls) {
  auto const block = add_block(50);
  auto const a = c.add(block, "a", "Linear", rule_origin::thop, 1);
  c.product(a.scope, "aten::mm", 10);
  c.formula(a.scope, a.module, 22, 2);
  EXPECT_THAT(at("block.a"), ElementsAre("rule_wrong +12 @block.a"));
  EXPECT_THAT(first("block").cause, Not(HasSubstr("fused")));
}

TEST_F(synthetic_fused_path, below_a_rule_is_no_matter) {
  auto const layer = c.add_encoder_layer(c.root, "layer");
  c.module_at(layer.module).rule = rule_origin::custom;
  c.formula(layer.scope, layer.module, 130);
  EXPECT_THAT(at(""), ElementsAre("agrees +0 @"));
  EXPECT_THAT(at("layer.linear1"), IsEmpty());
  EXPECT_THAT(at("layer.dropout"), IsEmpty());
  c.data.formula_calls.back().amount = 131;
  EXPECT_THAT(at(""), ElementsAre("rule_wrong +1 @layer"));
}

TEST_F(synthetic_fused_path, below_a_rule_of_the_root_for_all_is_children_beside_it) {
  c.product(c.root.scope, "aten::mm", 50);
  c.module_at(c.root.module).rule = rule_origin::custom;
  c.formula(c.root.scope, c.root.module, 50);
  c.add_answered(c.root, "a", 10);
  c.product(0, "aten::mm", 3);  // outside every module
  EXPECT_THAT(at(""), ElementsAre("children_beside_rule +10 @", "functional_missed -3 @outside"));
  c.data.formula_calls.front().amount = 40;
  EXPECT_THAT(at(""), ElementsAre("functional_missed -3 @outside"));
}

TEST_F(synthetic_fused_path, below_a_rule_for_the_roots_own_products_goes_on_below) {
  c.product(c.root.scope, "aten::mm", 50);
  c.module_at(c.root.module).rule = rule_origin::custom;
  c.formula(c.root.scope, c.root.module, 50);
  c.add_answered(c.root, "a", 10);
  auto const b = c.add(c.root, "b", "Linear", rule_origin::thop);
  c.product(b.scope, "aten::mm", 5);
  c.formula(b.scope, b.module, 5);
  EXPECT_THAT(at(""), ElementsAre("not_called_fused +10 @a"));
}

TEST_F(synthetic_fused_path, of_a_shared_module_is_two_causes) {
  auto const shared = c.module("Linear", rule_origin::thop);
  for (auto const* name : {"p1", "p2"}) {
    auto const part = c.add(c.root, name, "Part");
    c.product(part.scope, "aten::mm", 10);
    c.path(part.path, "q", shared);
    auto const s = c.scope(part.scope, std::string(name) + ".q", shared, 0);
    c.formula(s, shared, 10);
  }
  EXPECT_THAT(at("p1"), ElementsAre("shared_module_repeated +30 @p1.q", "functional_missed -10 @p1",
                                    "not_called_fused +10 @p1.q"));
}

TEST_F(synthetic_fused_path, is_no_data_loss_of_its_modules) {
  c.add_encoder_layer(c.root, "layer");
  for (auto const* kind : {"module_without_scope", "rule_failed"}) c.loss(kind);
  EXPECT_THAT(at(""), ElementsAre("no_rule -130 @layer", "not_called_fused +40 @layer.linear1",
                                  "not_called_fused +40 @layer.linear2"));
  EXPECT_THAT(at("layer.dropout"), ElementsAre("not_called_fused +0 @layer.dropout"));
}

TEST_F(synthetic_fused_path, a_module_that_only_the_recorded_forward_called_lost_no_answer) {
  auto const head = c.add(c.root, "aux", "Linear", rule_origin::thop);
  c.product(head.scope, "aten::mm", 10);
  EXPECT_THAT(at(""), ElementsAre("rule_sees_fewer_calls -10 @aux"));
  EXPECT_THAT(first("").cause,
              AllOf(HasSubstr("of 1 call the rule was asked about 0"), HasSubstr("no answer was lost")));
  for (auto const* kind :
       {"rule_failed", "rule_negative", "rule_without_inputs", "count_overflow", "call_unreadable"}) {
    c.loss(kind);
    EXPECT_THAT(at(""), ElementsAre("formula_incomplete -10 @aux")) << kind;
    c.data.losses.clear();
  }
  c.data.complete = false;
  EXPECT_THAT(at(""), ElementsAre("formula_incomplete -10 @aux"));
}

}  // namespace
}  // namespace flopwatch::test
