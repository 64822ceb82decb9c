// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recording/rule_use.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/recording/recording_fixture.hpp"

namespace {

using namespace flopwatch;
using namespace flopwatch::test;
using testing::HasSubstr;
using testing::Not;

/// As the observer does for what runs inside a counted operator.
void call_inside(char const* name) { detail::current_record()->see_inside(name); }

struct rule_use : testing::Test {
  void begin(detail::operator_rules rules, std::set<std::string> unsought = {}) {
    recording.emplace(detail::module_names{}, std::move(rules), 1000, std::move(unsought));
    recording->activate();
  }
  std::vector<std::string> end() {
    recording->deactivate();
    return detail::rules_never_asked(*recording);
  }
  std::optional<detail::recording> recording;
};

TEST_F(rule_use, a_name_that_is_wrong_is_named_with_the_nearest_that_ran) {
  begin({{"aten::lineer", fixed(1)}, {"my::mul", fixed(10)}, {"quite::different", fixed(1)}});
  call(*recording, "my::mul");
  call(*recording, "aten::linear");
  EXPECT_THAT(end(),
              testing::ElementsAre("aten::lineer (nearest that ran: aten::linear)", "quite::different"));
}

TEST_F(rule_use, a_rule_below_an_operator_that_counts_is_named_with_that_one) {
  begin({{"aten::addmm", fixed(1)}, {"aten::adddmm", fixed(1)}, {"my::mul", fixed(10)}});
  EXPECT_TRUE(detail::current_record()->looks_inside());
  call(*recording, "my::mul", [&] { call_inside("aten::addmm"); });
  EXPECT_THAT(end(), testing::ElementsAre(
                         "aten::adddmm (nearest that ran: aten::addmm, which ran only inside my::mul, "
                         "which counts as a whole)",
                         "aten::addmm (it ran only inside my::mul, which counts as a whole)"));
}

TEST_F(rule_use, a_rule_that_is_asked_once_is_not_named_wherever_it_also_ran) {
  begin({{"aten::addmm", fixed(1)}, {"my::mul", fixed(10)}});
  call(*recording, "my::mul", [&] { call_inside("aten::addmm"); });
  call(*recording, "aten::addmm");
  EXPECT_THAT(end(), testing::IsEmpty());
}

TEST_F(rule_use, rules_that_nobody_gave_for_this_recording_are_not_missed) {
  begin({{"lib::op", fixed(1)}}, {"lib::op"});
  EXPECT_FALSE(detail::current_record()->looks_inside());
  EXPECT_THAT(end(), testing::IsEmpty());
}

TEST_F(rule_use, the_capture_says_it_in_one_warning) {
  begin({{"aten::lineer", fixed(1)}, {"my::mul", fixed(10)}});
  call(*recording, "my::mul");
  call(*recording, "aten::linear");
  auto const data = captured(*recording);
  auto const* const loss = find_loss(data, loss::operator_rule_never_asked);
  ASSERT_NE(loss, nullptr);
  EXPECT_EQ(loss->severity, severity::warning);
  EXPECT_EQ(loss->count, 1);
  EXPECT_THAT(loss->text, HasSubstr(" aten::lineer (nearest that ran: aten::linear)."));
  EXPECT_THAT(loss->text, Not(HasSubstr("my::mul")));
}

TEST_F(rule_use, types_that_no_module_has_are_named_too) {
  detail::module_names names;
  names.types_never_met = {"Lineer (nearest in the model: Linear)", "Conv9d"};
  recording.emplace(std::move(names), detail::operator_rules{}, 1000);
  recording->activate();
  auto const data = captured(*recording);
  auto const* const loss = find_loss(data, loss::module_rule_never_asked);
  ASSERT_NE(loss, nullptr);
  EXPECT_EQ(loss->count, 2);
  EXPECT_THAT(loss->text, HasSubstr(" Lineer (nearest in the model: Linear), Conv9d."));
}

}  // namespace
