// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Modules that ran without opening their scope.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flopwatch/diagnostics.hpp"
#include "flopwatch/report.hpp"
#include "unit/comparison/verdict_text.hpp"
#include "unit/synthetic/capture_builder.hpp"

namespace flopwatch::test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

struct unseen_work : ::testing::Test {
  unseen_work() {
    root = c.module("Net");
    root_path = c.path(0, "", root);
    top = c.scope(0, "", root);
  }
  /// A module that is registered and has no scope.
  std::int64_t uncalled(std::string const& name, std::string const& type, std::int64_t parameters,
                        std::int64_t parent = 0) {
    auto const m = c.module(type, type == "Linear" ? rule_origin::thop : rule_origin::none);
    c.path(parent == 0 ? root_path : parent, name, m);
    c.module_at(m).parameters = parameters;
    c.module_at(root).parameters += parameters;
    return m;
  }
  std::vector<std::string> at(std::string const& path) {
    a = analyse(c.data);
    return brief(a.tree, a.differences, row_at(a.tree, path));
  }
  verdict const& first(std::string const& path) { return first_verdict(a.differences, row_at(a.tree, path)); }

  capture_builder c;
  std::int64_t root = 0, root_path = 0, top = 0;
  analysis a;
};

TEST_F(unseen_work, of_a_layer_called_by_its_forward_names_the_layer_and_says_that_it_seems_so) {
  uncalled("fc", "Linear", 8 * 8 + 8);
  c.product(top, "aten::addmm", "[8] [4,8] [8,8]", 256);
  c.product(top, "aten::mm", "[4,8] [8,4]", 128);
  EXPECT_THAT(at(""), ElementsAre("called_unseen -256 @fc", "functional_missed -128 @"));
  EXPECT_EQ(
      first("").cause,
      "256 MACs in the root (Net) (aten::addmm [8] [4,8] [8,8]) have operands of the size of the parameters of "
      "fc (Linear), which has no call: its forward() was called directly, or its weight was used, past its "
      "hooks, it seems. No rule was asked about them.");
  EXPECT_THAT(at("fc"), ElementsAre("called_unseen +0 @fc"));
  EXPECT_THAT(text_report(a), AllOf(HasSubstr("not seen"), Not(HasSubstr("not called"))));
}

TEST_F(unseen_work, of_layers_of_one_size_is_not_given_to_one_of_them) {
  uncalled("a", "Linear", 64);
  uncalled("b", "Linear", 64);
  uncalled("other", "Linear", 72);
  c.product(top, "aten::mm", "[4,8] [8,8]", 256);
  EXPECT_THAT(at(""), ElementsAre("called_unseen -256 @a"));
  EXPECT_THAT(first("").cause, HasSubstr(", or that of b (Linear). No rule"));
  EXPECT_THAT(at("b"), ElementsAre("called_unseen +0 @b"));
}

TEST_F(unseen_work, is_not_seen_in_products_of_other_sizes) {
  uncalled("fc", "Linear", 72);
  c.product(top, "aten::mm", "[4,8] [8,4]", 128);
  EXPECT_THAT(at(""), ElementsAre("functional_missed -128 @"));
  EXPECT_THAT(at("fc"), ElementsAre("agrees +0 @fc"));
}

TEST_F(unseen_work, is_not_seen_where_the_parameters_can_be_the_callers_own) {
  uncalled("fc", "Linear", 64);
  c.module_at(root).parameters += 64;
  c.product(top, "aten::mm", "[4,8] [8,8]", 256);
  EXPECT_THAT(at(""), ElementsAre("functional_missed -256 @"));
}

TEST_F(unseen_work, of_a_block_whose_modules_alone_were_called) {
  auto const block = uncalled("block", "Block", 64);
  auto const fc = c.module("Linear", rule_origin::thop);
  c.path(static_cast<std::int64_t>(c.data.module_paths.size()), "fc", fc);
  auto const s = c.scope(top, "block.fc", fc);
  c.product(s, "aten::mm", 256);
  c.formula(s, fc, 256);
  c.product(top, "aten::bmm", 9);
  EXPECT_THAT(at(""), ElementsAre("called_unseen -9 @block"));
  EXPECT_THAT(first("").cause, HasSubstr("can be the work of block (Block)"));
  c.module_at(block).transparent = true;
  EXPECT_THAT(at(""), ElementsAre("functional_missed -9 @")) << "a container is not called";
}

TEST_F(unseen_work, of_the_root_itself) {
  c.data.scopes.clear();
  auto const fc = c.module("Linear", rule_origin::thop);
  c.path(root_path, "fc", fc);
  auto const s = c.scope(0, "fc", fc);
  c.product(s, "aten::mm", 256);
  c.formula(s, fc, 256);
  c.product(0, "aten::bmm", 9);
  EXPECT_THAT(at(""), ElementsAre("called_unseen -9 @"));
  EXPECT_THAT(first("").cause, HasSubstr("a method of it was called directly"));
}

TEST_F(unseen_work, of_a_type_that_opens_no_scope_is_not_blamed_on_its_parent) {
  auto const block = uncalled("block", "Block", 64);
  c.module_at(block).opens_scope = false;
  c.module_at(uncalled("fc", "Linear", 72)).opens_scope = false;  // with a rule that was not asked
  c.product(top, "aten::bmm", 9);
  EXPECT_THAT(at(""), ElementsAre("called_unseen -9 @"));
  EXPECT_THAT(first("").cause, HasSubstr("modules below it that open no scope (block (Block))"));
}

TEST_F(unseen_work, of_a_ruled_type_without_a_scope_names_it) {
  auto const fc = uncalled("fc", "Linear", 64);
  c.module_at(fc).opens_scope = false;
  c.loss(std::string(loss::module_without_scope.name));
  c.product(top, "aten::mm", 9);
  EXPECT_THAT(at(""), ElementsAre("formula_incomplete -9 @"));
  EXPECT_THAT(first("").cause, HasSubstr("open no scope (fc (Linear))"));
}

TEST_F(unseen_work, of_a_module_that_is_not_registered_says_so) {
  auto const s = c.scope(top, "(Linear)", 0);
  c.data.scopes.back().type = "Linear";
  c.product(s, "aten::mm", 9);
  EXPECT_THAT(at(""), ElementsAre("no_rule -9 @(Linear)"));
  EXPECT_THAT(first("").cause, HasSubstr("it is not registered below the root"));
}

TEST_F(unseen_work, in_a_compiled_region_is_not_called_fused) {
  auto const fc = uncalled("fc", "Linear", 72);
  c.data.info[info_key::formula_forward] = "its own";
  c.formula(c.scope(top, "fc", fc, 0), fc, 256);
  c.product(top, "aten::addmm", 256);
  c.data.operator_calls.back().note = compiled_note;
  EXPECT_THAT(at(""), ElementsAre("functional_missed -256 @", "called_unseen +256 @fc"));
  EXPECT_THAT(a.differences.rows[0].verdicts[1].cause, HasSubstr("compiled region of the root (Net)"));
  EXPECT_THAT(text_report(a), Not(HasSubstr("fused")));
}

}  // namespace
}  // namespace flopwatch::test
