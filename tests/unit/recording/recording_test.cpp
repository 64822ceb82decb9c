// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <map>
#include <memory_resource>
#include <thread>

#include <gtest/gtest.h>

#include "unit/recording/recording_fixture.hpp"

namespace {

using namespace flopwatch;
using namespace flopwatch::test;

std::int64_t calls_with(capture_data const& data, operator_status status) {
  std::int64_t calls = 0;
  for (auto const& c : data.operator_calls) {
    if (c.status == status) calls += c.calls;
  }
  return calls;
}

struct recording_test : testing::Test {
  recording_test() { recording.activate(); }
  detail::recording recording{{}, test_rules(), 1000, nobody_misses(test_rules())};
};

TEST_F(recording_test, equal_calls_are_one_row) {
  for (int i = 0; i < 5; ++i) call(recording, "my::mul");
  call(recording, "my::mul", 8);
  auto const data = captured(recording);
  ASSERT_EQ(data.operator_calls.size(), 2U);
  EXPECT_EQ(data.operator_calls[0].calls, 5);
  EXPECT_EQ(data.operator_calls[0].total.macs, 50);
  EXPECT_EQ(data.operator_calls[0].shapes, "[4]");
  EXPECT_EQ(data.operator_calls[0].arithmetic, arithmetic::multiply_add);
  EXPECT_EQ(data.operator_calls[1].total.macs, 10);
}

TEST_F(recording_test, the_programs_own_memory_resource_is_left_alone) {
  auto* const of_the_program = std::pmr::set_default_resource(std::pmr::null_memory_resource());
  {
    scope const here("x");
    for (int size = 1; size <= 500; ++size) call(recording, "my::mul", size);
  }
  std::pmr::set_default_resource(of_the_program);
  auto const data = captured(recording);
  EXPECT_EQ(data.operator_calls.size(), 500U);
  EXPECT_EQ(data.scopes.size(), 1U);
}

TEST(recording_of_rules, a_rule_is_asked_once_for_each_set_of_arguments) {
  std::vector<std::string> asked;
  auto const rule = [&](operator_call const& c) {
    asked.emplace_back(c.name);
    return operator_work{{7, 5, 3}, precision::bf16};
  };
  detail::recording recording({}, {{"my::a", rule}, {"my::b", rule}}, 1000);
  recording.activate();
  for (auto const* where : {"x", "y", "z"}) {
    scope const here(where);
    call(recording, "my::a");
    call(recording, "my::b");
    call(recording, "my::a", 8);
  }
  auto const data = captured(recording);
  EXPECT_EQ(asked, (std::vector<std::string>{"my::a", "my::b", "my::a"}));
  ASSERT_EQ(data.operator_calls.size(), 9U);
  for (auto const& c : data.operator_calls) {
    EXPECT_EQ(c.total, (work{7, 5, 3}));
    EXPECT_EQ(c.precision, precision::bf16);
    EXPECT_EQ(c.status, operator_status::counted);
  }
}

/// A module call with one operator in it.
void call_module(detail::recording& recording, void const* module) {
  detail::scope_token token;
  token.enter_module(module, typeid(int));
  call(recording, "my::mul");
  token.leave();
}

TEST(recording_of_modules, two_that_nobody_watches_go_by_one_name) {
  int const a = 0;
  int const b = 0;
  int const watched = 0;
  detail::module_names names;
  names.add(&watched, {});
  names.add_path(0, "inner", &watched);
  detail::recording recording(std::move(names), test_rules(), 1000);
  recording.activate();
  {
    scope const outer("outer");
    for (auto const* module : {&a, &b}) {
      detail::scope_token token;
      token.enter_module(module, typeid(int));
      call(recording, "my::mul");
      call_module(recording, &watched);
      token.leave();
    }
  }
  auto const data = captured(recording);
  ASSERT_EQ(data.scopes.size(), 3U);
  EXPECT_EQ(data.scopes[1].path, "outer.(int)");
  for (auto const i : {1U, 2U}) EXPECT_EQ(data.scopes[i].entries, 2) << i;
  ASSERT_EQ(data.operator_calls.size(), 2U);
  for (auto const& c : data.operator_calls) EXPECT_EQ(c.calls, 2);
}

TEST(recording_of_threads, equal_calls_of_a_watched_module_are_one_row) {
  int const module = 0;
  detail::module_names names;
  module_record record;
  record.type = "Linear";
  names.add(&module, record);
  names.add_path(0, "", &module);
  detail::recording recording(std::move(names), test_rules(), 1000);
  recording.activate();
  std::thread([&] { call_module(recording, &module); }).join();
  call_module(recording, &module);
  auto const data = captured(recording);
  ASSERT_EQ(data.scopes.size(), 1U);
  EXPECT_EQ(data.scopes[0].entries, 2);
  ASSERT_EQ(data.operator_calls.size(), 1U);
  EXPECT_EQ(data.operator_calls[0].calls, 2);
}

TEST_F(recording_test, the_outermost_operator_with_a_rule_counts) {
  call(recording, "my::mul", [&] {
    call(recording, "my::mul", [&] { call(recording, "my::unknown"); });
    call(recording, "my::mul");
  });
  call(recording, "my::mul");
  auto const data = captured(recording);
  ASSERT_EQ(data.operator_calls.size(), 1U);
  EXPECT_EQ(data.operator_calls[0].calls, 2);
}

TEST_F(recording_test, an_operator_without_a_rule_is_opened_and_listed) {
  call(recording, "my::fused", [&] { call(recording, "my::mul"); });
  call(recording, "my::fused", [] {});
  call(recording, "my::fused", [] {});
  auto const data = captured(recording);
  ASSERT_EQ(data.operator_calls.size(), 3U);
  EXPECT_EQ(calls_with(data, operator_status::partly_counted), 1);
  EXPECT_EQ(calls_with(data, operator_status::unsupported), 2);
  EXPECT_EQ(find_call(data, "my::mul").total.macs, 10);
}

TEST_F(recording_test, work_deep_inside_marks_the_outermost_operator_alone) {
  call(recording, "my::outer", [&] { call(recording, "my::inner", [&] { call(recording, "my::mul"); }); });
  auto const data = captured(recording);
  EXPECT_EQ(find_call(data, "my::outer").status, operator_status::partly_counted);
  EXPECT_EQ(find_call(data, "my::mul").status, operator_status::counted);
  EXPECT_EQ(data.operator_calls.size(), 2U) << "one call is listed once";
}

TEST_F(recording_test, a_composite_operator_is_opened_and_not_listed) {
  call(
      recording, "my::composite", [&] { call(recording, "my::mul"); }, 4, true);
  auto const data = captured(recording);
  ASSERT_EQ(data.operator_calls.size(), 1U);
  EXPECT_EQ(data.operator_calls[0].name, "my::mul");
}

TEST_F(recording_test, a_view_is_listed_without_arithmetic) {
  call(recording, "aten::view");
  auto const data = captured(recording);
  EXPECT_EQ(find_call(data, "aten::view").status, operator_status::no_arithmetic);
  EXPECT_EQ(find_call(data, "aten::view").total, work{});
}

TEST_F(recording_test, a_rule_that_refuses_makes_the_call_unsupported_with_its_reason) {
  call(recording, "my::refuses");
  auto const data = captured(recording);
  EXPECT_EQ(find_call(data, "my::refuses").status, operator_status::unsupported);
  EXPECT_EQ(find_call(data, "my::refuses").note, "cannot count this");
  EXPECT_TRUE(data.losses.empty());
}

TEST_F(recording_test, a_rule_that_misbehaves_is_named_in_a_data_loss) {
  call(recording, "my::throws", [&] { call(recording, "my::mul"); });
  call(recording, "my::throws_int");
  call(recording, "my::negative");
  auto const data = captured(recording);
  auto const* const failed = find_loss(data, loss::rule_failed);
  ASSERT_NE(failed, nullptr);
  EXPECT_EQ(failed->count, 2);
  EXPECT_NE(failed->text.find("my::throws: oops"), std::string::npos) << failed->text;
  ASSERT_NE(find_loss(data, loss::rule_negative), nullptr);
  EXPECT_EQ(find_call(data, "my::negative").total, work{});
  EXPECT_EQ(find_call(data, "my::throws").status, operator_status::partly_counted);
}

TEST_F(recording_test, a_total_that_overflows_is_a_data_loss) {
  for (int i = 0; i < 3; ++i) call(recording, "my::huge");
  auto const data = captured(recording);
  ASSERT_NE(find_loss(data, loss::count_overflow), nullptr);
  EXPECT_EQ(find_call(data, "my::huge").total, work{});
}

TEST_F(recording_test, a_rule_that_runs_operators_is_not_recorded) {
  recording.deactivate();
  detail::recording* inner = nullptr;
  detail::recording own({},
                        {{"my::curious",
                          [&](operator_call const&) {
                            call(*inner, "my::unknown");
                            return operator_work{{1, 1, 0}, precision::fp32};
                          }}},
                        100);
  inner = &own;
  own.activate();
  call(own, "my::curious");
  auto const data = captured(own);
  ASSERT_EQ(data.operator_calls.size(), 1U);
  EXPECT_EQ(data.operator_calls[0].total.macs, 1);
}

TEST_F(recording_test, an_exception_closes_scopes) {
  try {
    scope const s("a");
    scope const t("b");
    throw std::runtime_error("user");
  } catch (std::runtime_error const&) {
  }
  call(recording, "my::mul");
  auto const data = captured(recording);
  EXPECT_EQ(find_call(data, "my::mul").scope, 0);
  EXPECT_EQ(data.scopes.size(), 2U);
  EXPECT_EQ(find_loss(data, loss::scope_left_open), nullptr);
}

TEST_F(recording_test, calls_belong_to_the_innermost_scope) {
  {
    scope const s("a");
    call(recording, "my::mul");
    scope const t("b\n|\"\xE6\xA8\xA1");
    call(recording, "my::mul");
  }
  auto const data = captured(recording);
  ASSERT_EQ(data.scopes.size(), 2U);
  EXPECT_EQ(data.scopes[1].path, "a.b\n|\"\xE6\xA8\xA1");
  EXPECT_EQ(data.scopes[1].parent, data.scopes[0].id);
  ASSERT_EQ(data.operator_calls.size(), 2U);
  EXPECT_EQ(data.operator_calls[0].scope, data.scopes[0].id);
  EXPECT_EQ(data.operator_calls[1].scope, data.scopes[1].id);
}

TEST_F(recording_test, what_is_open_at_the_end_is_a_data_loss_and_closes_quietly_later) {
  auto s = std::make_unique<scope>("a");
  auto* const record = detail::current_record();
  auto const& info = recording.operators().find("my::other", "", {});
  record->enter_operator(info, {});
  auto const data = captured(recording);
  EXPECT_NE(find_loss(data, loss::scope_left_open), nullptr);
  EXPECT_NE(find_loss(data, loss::operator_left_open), nullptr);

  detail::recording next({}, test_rules(), 1000, nobody_misses(test_rules()));
  next.activate();
  call(next, "my::mul");
  s.reset();                                   // belongs to the ended recording
  detail::current_record()->leave_operator();  // so does the operator call that ends here
  {
    scope const t("fresh");
    call(next, "my::mul");
  }
  auto const later = captured(next);
  ASSERT_EQ(later.scopes.size(), 1U);
  EXPECT_EQ(later.scopes[0].path, "fresh");
  EXPECT_TRUE(later.losses.empty());
}

TEST_F(recording_test, a_second_recording_is_refused) {
  detail::recording second({}, {}, 10);
  EXPECT_THROW(second.activate(), session_error);
  recording.deactivate();
  EXPECT_NO_THROW(second.activate());
}

TEST_F(recording_test, the_bound_on_rows_is_a_data_loss) {
  recording.deactivate();
  detail::recording small({}, test_rules(), 3);
  small.activate();
  for (int i = 0; i < 10; ++i) call(small, "my::mul", i);
  auto const data = captured(small);
  EXPECT_EQ(data.operator_calls.size(), 3U);
  ASSERT_NE(find_loss(data, loss::rows_dropped), nullptr);
  EXPECT_EQ(find_loss(data, loss::rows_dropped)->count, 7);
}

TEST_F(recording_test, what_is_skipped_is_skipped_with_all_inside) {
  auto* const record = detail::current_record();
  record->enter_skipped();
  call(recording, "my::mul", [&] { call(recording, "my::mul"); });
  call(recording, "my::unknown");
  record->leave_operator();
  EXPECT_FALSE(record->operator_open());
  call(recording, "my::mul");
  auto const data = captured(recording);
  ASSERT_EQ(data.operator_calls.size(), 1U);
  EXPECT_EQ(data.operator_calls[0].calls, 1);
}

TEST_F(recording_test, inside_an_operator_without_arithmetic_nothing_is_unsupported) {
  call(recording, "aten::cat", [&] { call(recording, "my::unknown", [&] { call(recording, "my::mul"); }); });
  call(recording, "my::unknown");
  auto const data = captured(recording);
  EXPECT_EQ(find_call(data, "aten::cat").status, operator_status::no_arithmetic);
  EXPECT_EQ(find_call(data, "my::unknown").calls, 1) << "the one that stands by itself";
  EXPECT_EQ(find_call(data, "my::mul").total.macs, 10) << "what has a rule counts wherever it is";
}

TEST_F(recording_test, an_operator_that_calls_itself_once_more_is_listed_once) {
  call(recording, "my::unknown", [&] { call(recording, "my::unknown"); });
  call(recording, "my::unknown",
       [&] { call(recording, "my::unknown", [&] { call(recording, "my::mul"); }); });
  auto const data = captured(recording);
  EXPECT_EQ(calls_with(data, operator_status::unsupported), 1);
  EXPECT_EQ(calls_with(data, operator_status::partly_counted), 1);
}

TEST_F(recording_test, an_operators_own_range_below_the_dispatcher_is_no_operator) {
  EXPECT_TRUE(recording.operators().find_range("detach").opened) << "aten::detach has no arithmetic";
  EXPECT_FALSE(recording.operators().find_range("mm").opened) << "a range that is called like a product";
  EXPECT_FALSE(recording.operators().find_range("fused_mul_add").opened);
}

TEST_F(recording_test, what_hands_a_call_to_python_is_no_operator) {
  EXPECT_TRUE(recording.operators().find_range("PythonDispatchMode").opened);
  EXPECT_TRUE(recording.operators().find_range("PythonSubclass").opened);
}

TEST_F(recording_test, the_function_around_a_custom_operator_is_no_operator_and_its_backward_is) {
  EXPECT_TRUE(recording.operators().find_range("GeneratedBackwardFor_my_op_default").opened);
  EXPECT_FALSE(recording.operators().find_range("GeneratedBackwardFor_my_op_defaultBackward").opened);
}

TEST_F(recording_test, a_name_in_reused_memory_is_not_confused) {
  char name[32] = "first range";
  auto* const record = detail::current_record();
  auto const enter = [&] {
    EXPECT_EQ(record->predicted_row(name), nullptr);
    EXPECT_EQ(record->find_operator(name).info, nullptr);
    auto const& info = recording.operators().find_range(name);
    record->remember_operator(name, info);
    record->enter_operator(info, {}, name);
    record->leave_operator();
  };
  for (int i = 0; i < 3; ++i) enter();
  std::strcpy(name, "second range");
  enter();
  auto const data = captured(recording);
  EXPECT_EQ(find_call(data, "first range").calls, 3);
  EXPECT_EQ(find_call(data, "second range").calls, 1);
}

TEST_F(recording_test, a_step_that_goes_another_way_is_counted_right) {
  for (int step = 0; step < 6; ++step) {
    call(recording, "my::mul", 4);
    if (step % 2 == 0) call(recording, "my::mul", 8);
    if (step % 3 == 0) call(recording, "aten::view");
    call(recording, "my::mul", step);
  }
  auto const data = captured(recording);
  std::map<std::string, std::int64_t> calls;
  for (auto const& c : data.operator_calls) calls[c.name + c.shapes] += c.calls;
  EXPECT_EQ(calls.at("my::mul[4]"), 6 + 1);
  EXPECT_EQ(calls.at("my::mul[8]"), 3);
  EXPECT_EQ(calls.at("my::mul[0]"), 1);
  std::int64_t views = 0;
  for (auto const& [name, n] : calls) views += name.starts_with("aten::view") ? n : 0;
  EXPECT_EQ(views, 2);
}

TEST_F(recording_test, the_open_operator_call_is_the_innermost_one_with_a_row) {
  detail::operator_row const* seen = nullptr;
  EXPECT_EQ(detail::current_record()->open_operator(), nullptr);
  call(recording, "my::mul",
       [&] { call(recording, "my::unknown", [&] { seen = detail::current_record()->open_operator(); }); });
  ASSERT_NE(seen, nullptr);
  EXPECT_EQ(seen->info->base, "my::mul") << "what runs inside a counted call belongs to it";
  EXPECT_EQ(detail::current_record()->open_operator(), nullptr);
}

}  // namespace
