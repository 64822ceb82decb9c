// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <set>

#include <gtest/gtest.h>

#include "flopwatch/diagnostics.hpp"

namespace flopwatch {
namespace {

TEST(words, are_the_names_of_the_enumerators) {
  EXPECT_EQ(to_string(phase::forward), "forward");
  EXPECT_EQ(to_string(phase::backward), "backward");
  EXPECT_EQ(to_string(phase::recompute), "recompute");
  EXPECT_EQ(to_string(phase::optimizer), "optimizer");
  EXPECT_EQ(to_string(rule_origin::none), "none");
  EXPECT_EQ(to_string(rule_origin::thop), "thop");
  EXPECT_EQ(to_string(rule_origin::custom), "custom");
  EXPECT_EQ(to_string(formula_unit::macs), "macs");
  EXPECT_EQ(to_string(formula_unit::operations), "operations");
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

TEST(losses, have_names_of_their_own_and_whole_sentences) {
  std::set<std::string_view> names;
  for (auto const& kind : loss::all) {
    EXPECT_TRUE(names.insert(kind.name).second) << kind.name;
    EXPECT_TRUE(kind.sentence.ends_with(".")) << kind.name;
  }
}

TEST(losses, make_loss_takes_name_severity_and_sentence) {
  EXPECT_EQ(make_loss(loss::rule_negative, 3),
            (data_loss_record{"rule_negative", severity::error, 3,
                              "A rule returned a negative count, which was not added; fix the rule."}));
}

TEST(losses, a_detail_follows_the_sentence) {
  EXPECT_EQ(
      make_loss(loss::rule_negative, 1, "It is the rule of Attention.").text,
      "A rule returned a negative count, which was not added; fix the rule. It is the rule of Attention.");
}

}  // namespace
}  // namespace flopwatch
