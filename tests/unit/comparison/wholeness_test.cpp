// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "flopwatch/diagnostics.hpp"
#include "unit/comparison/verdict_text.hpp"
#include "unit/synthetic/capture_builder.hpp"

namespace flopwatch::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A root with two layers of 100 MACs whose rules are right, with kernels that read as much.
struct wholeness : ::testing::Test {
  wholeness() {
    c.placed_module(0, "", "Root");
    a = c.placed_module(1, "a", "Linear", rule_origin::thop);
    b = c.placed_module(1, "b", "Linear", rule_origin::thop);
    for (auto const m : {a, b}) {
      c.formula(m, m, 100);
      c.launch(m, c.product(m, "aten::mm", 100), 1, {{ffma_metric, 100}});
    }
    c.kernel("k");
  }
  std::vector<std::string> of(std::string const& path, columns between = columns::formula_operator) {
    tree = attribute(c.data);
    result = compare(c.data, tree);
    return brief(tree, result, row_at(tree, path), between);
  }
  std::string cause(std::string const& path) { return first_verdict(result, row_at(tree, path)).cause; }

  capture_builder c;
  std::int64_t a = 0, b = 0;
  attribution tree;
  comparison result;
};

TEST_F(wholeness, columns_that_are_whole_agree) {
  for (auto const* const path : {"", "a", "b"}) {
    EXPECT_THAT(of(path), ElementsAre(std::string("agrees +0 @") + path));
    EXPECT_THAT(of(path, columns::measured_operator), ElementsAre(std::string("agrees +0 @") + path));
  }
}

TEST_F(wholeness, an_operator_that_was_not_counted_leaves_only_the_rows_around_it_in_doubt) {
  c.unsupported(a, "my::op");
  EXPECT_THAT(of("a"), ElementsAre("equal_as_counted +0 @a", "unsupported_operator +0 @a"));
  EXPECT_THAT(cause("a"), HasSubstr("both 100 MACs in a (Linear) as far as they were counted: my::op has no "
                                    "operator rule in a (Linear)."));
  EXPECT_THAT(of(""), ElementsAre("equal_as_counted +0 @", "unsupported_operator +0 @a"));
  EXPECT_THAT(of("b"), ElementsAre("agrees +0 @b"));
  EXPECT_THAT(of("a", columns::measured_operator), ElementsAre("equal_as_counted +0 @a"));
  EXPECT_THAT(of("b", columns::measured_operator), ElementsAre("agrees +0 @b"));
}

TEST_F(wholeness, one_that_was_counted_in_part_does_too_and_one_without_calls_does_not) {
  auto const op = c.unsupported(a, "my::op", operator_status::partly_counted);
  EXPECT_THAT(of("a"), ElementsAre("equal_as_counted +0 @a", "partly_counted +0 @a"));
  c.call_at(op).calls = 0;
  EXPECT_THAT(of("a"), ElementsAre("agrees +0 @a"));
}

TEST_F(wholeness, a_loss_that_can_be_anywhere_leaves_every_row_in_doubt) {
  for (auto const& kind : {std::string(loss::operator_unreadable.name), std::string(loss::rows_dropped.name),
                           std::string("a_kind_of_a_later_version")}) {
    c.data.losses.clear();
    c.loss(kind);
    EXPECT_THAT(of("a"), ElementsAre("equal_as_counted +0 @a")) << kind;
    EXPECT_THAT(cause("a"), HasSubstr("something that ran was not looked into")) << kind;
    EXPECT_THAT(of(""), ElementsAre("equal_as_counted +0 @")) << kind;
    EXPECT_THAT(of("b", columns::measured_operator), ElementsAre("equal_as_counted +0 @b")) << kind;
  }
}

TEST_F(wholeness, a_loss_of_counters_or_of_lower_severity_leaves_none) {
  c.loss(std::string(loss::counters_failed.name));
  c.data.losses.push_back({"a_kind_of_a_later_version", severity::warning, 1, "a sentence"});
  EXPECT_THAT(of("a"), ElementsAre("agrees +0 @a"));
  c.data.complete = false;
  EXPECT_THAT(of("a"), ElementsAre("equal_as_counted +0 @a"));
}

TEST_F(wholeness, a_rule_that_did_not_answer_leaves_its_row_and_those_above_in_doubt) {
  c.loss(std::string(loss::call_unreadable.name));
  c.data.scopes[static_cast<std::size_t>(a - 1)].entries = 2;
  EXPECT_THAT(of("a"), ElementsAre("equal_as_counted +0 @a"));
  EXPECT_THAT(cause("a"), HasSubstr("the rule of a (Linear) did not answer every call"));
  EXPECT_THAT(of(""), ElementsAre("equal_as_counted +0 @"));
  EXPECT_THAT(of("b"), ElementsAre("agrees +0 @b"));
}

TEST_F(wholeness, a_surplus_within_tolerance_keeps_its_amount) {
  c.data.launch_groups[0].sums[ffma_metric] = 101;
  c.unsupported(a, "my::op");
  EXPECT_THAT(of("a", columns::measured_operator), ElementsAre("equal_as_counted +2 @a"));
}

}  // namespace
}  // namespace flopwatch::test
