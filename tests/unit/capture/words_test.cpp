// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <set>

#include <gtest/gtest.h>

#include "flopwatch/diagnostics.hpp"

namespace flopwatch {
namespace {

TEST(Words, AreTheNamesOfTheEnumerators) {
  EXPECT_EQ(to_string(phase::forward), "forward");
  EXPECT_EQ(to_string(phase::backward), "backward");
  EXPECT_EQ(to_string(phase::recompute), "recompute");
  EXPECT_EQ(to_string(phase::optimizer), "optimizer");
  EXPECT_EQ(to_string(rule_origin::none), "none");
  EXPECT_EQ(to_string(rule_origin::thop), "thop");
  EXPECT_EQ(to_string(rule_origin::custom), "custom");
  EXPECT_EQ(to_string(formula_family::macs), "macs");
  EXPECT_EQ(to_string(formula_family::operations), "operations");
  EXPECT_EQ(to_string(operator_status::counted), "counted");
  EXPECT_EQ(to_string(operator_status::no_arithmetic), "no_arithmetic");
  EXPECT_EQ(to_string(operator_status::unsupported), "unsupported");
  EXPECT_EQ(to_string(operator_status::partly_counted), "partly_counted");
  EXPECT_EQ(to_string(arithmetic::none), "none");
  EXPECT_EQ(to_string(arithmetic::multiply_add), "multiply_add");
  EXPECT_EQ(to_string(arithmetic::other), "other");
  EXPECT_EQ(to_string(severity::note), "note");
  EXPECT_EQ(to_string(severity::warning), "warning");
  EXPECT_EQ(to_string(severity::error), "error");
}

TEST(Losses, HaveNamesOfTheirOwnAndWholeSentences) {
  std::set<std::string_view> names;
  for (auto const& kind : loss::all) {
    EXPECT_TRUE(names.insert(kind.name).second) << kind.name;
    EXPECT_TRUE(kind.sentence.ends_with(".")) << kind.name;
  }
}

TEST(Losses, MakeLossTakesNameSeverityAndSentence) {
  EXPECT_EQ(make_loss(loss::rule_negative, 3),
            (data_loss_record{"rule_negative", severity::error, 3,
                              "A rule returned a negative count, which was not added; mend the rule."}));
}

TEST(Losses, ADetailFollowsTheSentence) {
  EXPECT_EQ(
      make_loss(loss::rule_negative, 1, "It is the rule of Attention.").text,
      "A rule returned a negative count, which was not added; mend the rule. It is the rule of Attention.");
}

}  // namespace
}  // namespace flopwatch
