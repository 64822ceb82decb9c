// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "unit/synthetic/fused_builder.hpp"

namespace flopwatch::test {
namespace {

/// Synthetic captures of a formula's forward and a recorded one with a fused path.
struct synthetic_fused_rows : ::testing::Test {
  /// The path of the row that did the work of the row at `path`; "none".
  std::string fused_into(std::string const& path) {
    tree = attribute(c.data);
    auto const into = tree.rows[row_at(tree, path)].fused_into;
    return into == module_row::npos ? "none" : tree.rows[into].path;
  }
  /// A module of the user's, called once, that did `macs` itself; `skipped` below it was not called.
  fused_builder::added add_block(std::int64_t macs, std::int64_t claimed) {
    auto const block = c.add(c.root, "block", "Block");
    if (macs > 0) c.product(block.scope, "aten::mm", macs);
    c.add_answered(block, "skipped", claimed);
    return block;
  }

  fused_builder c;
  attribution tree;
};

TEST_F(synthetic_fused_rows, everything_in_an_encoder_layer_stands_in_the_layer) {
  c.add_encoder_layer(c.root, "layer");
  for (auto const* below : {"self_attn", "self_attn.out_proj", "linear1", "dropout", "linear2", "norm1"}) {
    EXPECT_EQ(fused_into(std::string("layer.") + below), "layer") << below;
  }
  EXPECT_EQ(fused_into("layer"), "none");
  EXPECT_EQ(fused_into(""), "none");
}

TEST_F(synthetic_fused_rows, keep_the_numbers_of_the_formula) {
  c.add_encoder_layer(c.root, "layer");
  for (auto& m : c.data.modules) m.parameters = 7;
  tree = attribute(c.data);
  EXPECT_EQ(tree.formula_macs, 80);
  EXPECT_EQ(tree.formula_operations, 16);
  EXPECT_EQ(tree.formula_parameters, 4 * 7);
  auto const& linear = tree.rows[row_at(tree, "layer.linear1")];
  EXPECT_EQ(linear.calls, 0);
  EXPECT_EQ(linear.rule_calls, 1);
  EXPECT_EQ(linear.rule_macs, 40);
  EXPECT_EQ(linear.walk_macs, 40);
  EXPECT_EQ(linear.label, "linear1");
  EXPECT_EQ(tree.rows[row_at(tree, "layer.norm1")].rule_operations, 16);
  EXPECT_EQ(tree.rows[row_at(tree, "layer.norm1")].rule_macs, std::nullopt);
}

TEST_F(synthetic_fused_rows, a_library_module_without_products_fuses_nothing) {
  auto const layer = c.add_library(c.root, "layer", "Layer");
  c.elementwise(layer.scope, "aten::add", 5);
  c.add_library(layer, "part", "Part", 0);
  EXPECT_EQ(fused_into("layer.part"), "none");
  c.product(layer.scope, "aten::mm", 1);
  EXPECT_EQ(fused_into("layer.part"), "layer");
}

TEST_F(synthetic_fused_rows, a_container_that_is_walked_through_fuses_nothing) {
  auto const sequential = c.add_library(c.root, "seq", "Sequential");
  c.product(sequential.scope, "aten::mm", 9);
  c.add_library(sequential, "part", "Part", 0);
  EXPECT_EQ(fused_into("seq.part"), "seq");
  c.module_at(sequential.module).transparent = true;
  EXPECT_EQ(fused_into("seq.part"), "none");
}

TEST_F(synthetic_fused_rows, a_users_module_fuses_only_what_a_rule_answered) {
  auto const block = add_block(9, 8);
  c.add(block, "unruled", "Part", rule_origin::none, 0);
  EXPECT_EQ(fused_into("block.skipped"), "block");
  EXPECT_EQ(fused_into("block.unruled"), "none");
}

TEST_F(synthetic_fused_rows, a_module_that_was_skipped_is_not_fused) {
  add_block(0, 8);
  EXPECT_EQ(fused_into("block.skipped"), "none");
}

TEST_F(synthetic_fused_rows, fewer_products_than_the_rules_claim_are_other_work) {
  auto const block = add_block(15, 8);
  c.add_answered(block, "second", 7);
  EXPECT_EQ(fused_into("block.skipped"), "block");
  c.add_answered(block, "third", 1);
  EXPECT_EQ(fused_into("block.skipped"), "none");
  EXPECT_EQ(fused_into("block.second"), "none");
}

TEST_F(synthetic_fused_rows, padding_that_a_library_module_skips_is_no_other_work) {
  auto const layer = c.add_library(c.root, "layer", "TransformerEncoderLayer");
  c.product(layer.scope, "aten::mm", 5);
  c.add_answered(layer, "linear1", 8);
  EXPECT_EQ(fused_into("layer.linear1"), "layer");
}

TEST_F(synthetic_fused_rows, an_operator_that_was_not_counted_in_full_may_have_done_it) {
  auto const block = add_block(0, 8);
  for (auto const status : {operator_status::unsupported, operator_status::partly_counted}) {
    auto const id = c.unsupported(block.scope, "my::fused", status);
    EXPECT_EQ(fused_into("block.skipped"), "block");
    c.call_at(id).status = operator_status::no_arithmetic;
    EXPECT_EQ(fused_into("block.skipped"), "none");
  }
}

TEST_F(synthetic_fused_rows, rows_between_and_below_are_fused_too) {
  auto const block = c.add(c.root, "block", "Block");
  c.product(block.scope, "aten::mm", 20);
  auto const mlp = c.add(block, "mlp", "Mlp", rule_origin::none, 0);
  auto const inner = c.add(mlp, "inner", "Inner", rule_origin::none, 0);
  auto const mine = c.add_answered(inner, "mine", 20, "Mine");
  c.add_answered(mine, "fc", 20);
  c.add(mine, "act", "Act", rule_origin::none, 0);
  c.add(mlp, "act", "Act", rule_origin::none, 0);
  for (auto const* path : {"block.mlp", "block.mlp.inner", "block.mlp.inner.mine", "block.mlp.inner.mine.fc",
                           "block.mlp.inner.mine.act", "block.mlp.act"}) {
    EXPECT_EQ(fused_into(path), "block") << path;
  }
}

TEST_F(synthetic_fused_rows, what_was_called_is_not_fused_and_neither_is_its_grouping_row) {
  auto const layer = c.add_library(c.root, "layer", "Layer");
  c.product(layer.scope, "aten::mm", 20);
  auto const list = c.add_library(layer, "list", "ModuleList", 0);
  c.add_library(list, "0", "Part", 1);
  c.add_library(list, "1", "Part", 0);
  EXPECT_EQ(fused_into("layer.list"), "none");
  EXPECT_EQ(fused_into("layer.list.0"), "none");
  EXPECT_EQ(fused_into("layer.list.1"), "layer");
}

TEST_F(synthetic_fused_rows, what_opens_no_scope_is_not_seen_rather_than_fused) {
  c.add_encoder_layer(c.root, "layer");
  for (auto& m : c.data.modules) m.opens_scope = m.type != "Linear" && m.type != "MultiheadAttention";
  EXPECT_EQ(fused_into("layer.linear1"), "none");
  EXPECT_EQ(fused_into("layer.self_attn"), "none");
  EXPECT_EQ(fused_into("layer.norm1"), "layer");
}

TEST_F(synthetic_fused_rows, some_calls_of_a_module_may_be_fused) {
  auto const block = add_block(8, 16);
  c.data.formula_calls.back().calls = 2;
  c.data.scopes.back().entries = 1;
  EXPECT_EQ(fused_into("block.skipped"), "block");
  c.data.formula_calls.back().calls = 1;
  EXPECT_EQ(fused_into("block.skipped"), "none");
  c.data.formula_calls.back() = {
      c.data.scopes.back().id, c.data.modules.back().id, formula_unit::macs, 2, 18, ""};
  EXPECT_EQ(fused_into("block.skipped"), "none");
  c.product(block.scope, "aten::mm", 1);
  EXPECT_EQ(fused_into("block.skipped"), "block");
}

TEST_F(synthetic_fused_rows, a_rule_that_claims_nothing_is_no_sign_of_work_elsewhere) {
  auto const block = add_block(0, 0);
  EXPECT_EQ(fused_into("block.skipped"), "none");
  c.product(block.scope, "aten::mm", 1);
  EXPECT_EQ(fused_into("block.skipped"), "block");
}

TEST_F(synthetic_fused_rows, some_calls_in_a_library_module_may_be_fused_with_padding_skipped) {
  auto const layer = c.add_library(c.root, "layer", "TransformerEncoderLayer");
  c.product(layer.scope, "aten::mm", 5);
  c.add_answered(layer, "linear1", 16);
  c.data.formula_calls.back().calls = 2;
  c.data.scopes.back().entries = 1;
  EXPECT_EQ(fused_into("layer.linear1"), "layer");
}

TEST_F(synthetic_fused_rows, nobody_was_there_to_fuse_where_nothing_was_called) {
  add_block(9, 8);
  for (auto& s : c.data.scopes) s.entries = 0;
  EXPECT_EQ(fused_into("block.skipped"), "none");
  EXPECT_EQ(fused_into("block"), "none");
}

}  // namespace
}  // namespace flopwatch::test
