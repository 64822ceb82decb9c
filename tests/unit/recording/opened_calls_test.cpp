// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// Calls that something takes apart, answers or ends by an exception before their kernels: what is recorded of
// them.

#include <stdexcept>

#include <gtest/gtest.h>

#include "recording/counted_call.hpp"
#include "unit/recording/recording_fixture.hpp"

namespace flopwatch::test {
namespace {

using detail::counted_call;
using detail::kernel_of_raised;
using detail::kernel_run;
using detail::operator_rules;

operator_rules rules() {
  auto all = test_rules();
  all["my::flops"] = [](operator_call const&) { return operator_work{{0, 0, 7}, precision::fp32}; };
  return all;
}

std::int64_t count_of(capture_data const& data, loss_kind const& kind) {
  auto const* const loss = find_loss(data, kind);
  return loss == nullptr ? 0 : loss->count;
}

struct opened_calls : testing::Test {
  opened_calls() { recording.activate(); }

  /// As the observer does at the end of a call, also of one that raises.
  struct end_of_call {
    detail::thread_record& record;
    ~end_of_call() { record.leave_operator(); }
  };

  detail::operator_info const& info(char const* name, detail::call_traits traits = {}) {
    return recording.operators().find(name, "", traits);
  }
  detail::thread_record& record() { return *detail::current_record(); }

  /// A call whose kernel excludes the keys of autograd.
  template <typename Inside>
  void kernel_call(char const* name, Inside const& inside) {
    record().enter_operator(info(name), {}, nullptr, true);
    end_of_call const end{record()};
    inside();
  }
  /// A call that the open one makes outside its kernel.
  template <typename Inside>
  void hook_call(char const* name, Inside const& inside) {
    {
      detail::outside_kernel const apart(record());
      record().enter_operator(info(name), {}, nullptr, true);
    }
    end_of_call const end{record()};
    inside();
  }
  void hook_call(char const* name) {
    hook_call(name, [] {});
  }
  void part() {
    record().enter_inside_counted();
    record().leave_operator();
  }

  detail::recording recording{{}, rules(), 1000, nobody_misses(rules())};
};

constexpr auto nothing = [] {};

TEST_F(opened_calls, a_part_of_a_kernel_is_not_counted_and_a_call_beside_it_is) {
  kernel_call("my::mul", [&] {
    hook_call("my::mul", [&] { part(); });
    part();
  });
  kernel_call("my::mul", nothing);
  auto const data = captured(recording);
  EXPECT_EQ(find_call(data, "my::mul").calls, 3);
  EXPECT_TRUE(data.losses.empty());
}

TEST_F(opened_calls, a_call_that_raised_before_its_kernel_is_not_counted) {
  EXPECT_THROW(kernel_call("my::mul", [] { throw std::runtime_error("shapes"); }), std::runtime_error);
  EXPECT_TRUE(captured(recording).operator_calls.empty());
}

TEST_F(opened_calls, a_hook_that_raises_before_the_kernel_stops_the_call) {
  EXPECT_THROW(
      kernel_call("my::mul", [&] { hook_call("my::mul", [] { throw std::runtime_error("stop"); }); }),
      std::runtime_error);
  EXPECT_TRUE(captured(recording).operator_calls.empty());
}

TEST_F(opened_calls, a_hook_that_raises_after_the_kernel_leaves_the_call_counted) {
  EXPECT_THROW(kernel_call("my::mul",
                           [&] {
                             part();
                             part();
                             hook_call("aten::detach");
                             throw std::runtime_error("stop");
                           }),
               std::runtime_error);
  EXPECT_EQ(find_call(captured(recording), "my::mul").calls, 1);
}

TEST_F(opened_calls, a_kernel_that_raises_in_the_middle_is_a_loss) {
  EXPECT_THROW(kernel_call("my::mul",
                           [&] {
                             part();
                             part();
                             throw std::runtime_error("out of memory");
                           }),
               std::runtime_error);
  auto const data = captured(recording);
  EXPECT_TRUE(data.operator_calls.empty());
  EXPECT_EQ(count_of(data, loss::operator_raised), 1);
}

TEST_F(opened_calls, an_exception_that_was_in_flight_before_ends_no_call) {
  struct runs_when_unwound {
    opened_calls& test;
    ~runs_when_unwound() { test.kernel_call("my::mul", nothing); }
  };
  try {
    runs_when_unwound const later{*this};
    throw std::runtime_error("of the program's own");
  } catch (std::runtime_error const&) {  // the call above has run by now
  }
  EXPECT_EQ(find_call(captured(recording), "my::mul").calls, 1);
}

TEST_F(opened_calls, a_mode_that_answers_and_calls_nothing_is_a_loss) {
  record().enter_asked(info("my::mul"));
  record().enter_python();
  record().leave_operator();
  record().leave_operator();
  auto const data = captured(recording);
  EXPECT_EQ(count_of(data, loss::operator_answered), 1);
  EXPECT_TRUE(data.operator_calls.empty());
}

TEST_F(opened_calls, two_modes_that_answer_one_call_are_one_loss) {
  record().enter_asked(info("my::mul"));
  record().enter_python();
  record().enter_asked(info("my::mul"));
  for (int i = 0; i < 3; ++i) record().leave_operator();
  EXPECT_EQ(count_of(captured(recording), loss::operator_answered), 1);
}

TEST_F(opened_calls, a_mode_that_passes_on_is_no_loss) {
  record().enter_asked(info("my::mul"));
  record().enter_python();
  kernel_call("my::mul", nothing);
  record().leave_operator();
  record().leave_operator();
  auto const data = captured(recording);
  EXPECT_EQ(find_call(data, "my::mul").calls, 1);
  EXPECT_TRUE(data.losses.empty());
}

TEST_F(opened_calls, a_product_that_other_arithmetic_answers_is_a_loss) {
  record().enter_asked(info("aten::mm"));
  kernel_call("my::flops", nothing);
  record().leave_operator();
  EXPECT_EQ(count_of(captured(recording), loss::operator_answered), 1);
}

TEST_F(opened_calls, an_operator_without_a_rule_inside_python_code_is_listed_though_a_view_is_around_it) {
  kernel_call("aten::view", [&] {
    record().enter_python();
    kernel_call("my::unknown", nothing);
    record().leave_operator();
  });
  EXPECT_EQ(find_call(captured(recording), "my::unknown").status, operator_status::unsupported);
}

TEST_F(opened_calls, what_an_operand_of_zeros_leaves_undone_is_no_loss) {
  record().enter_asked(info("my::mul"));
  record().enter_zero();
  EXPECT_TRUE(record().inside_zero());
  record().leave_operator();
  record().leave_operator();
  EXPECT_TRUE(captured(recording).losses.empty());
}

TEST_F(opened_calls, an_autograd_function_whose_operators_were_counted_is_not_listed) {
  auto const& function = recording.operators().find_range("MyFunction");
  record().enter_operator(function, {});
  kernel_call("my::mul", nothing);
  record().leave_operator();
  EXPECT_EQ(captured(recording).operator_calls.size(), 1U);
}

TEST_F(opened_calls, an_autograd_function_that_fills_a_tensor_itself_is_partly_counted) {
  auto const& function = recording.operators().find_range("MyFunction");
  record().enter_operator(function, {});
  kernel_call("my::mul", nothing);
  kernel_call("aten::empty", nothing);
  record().leave_operator();
  EXPECT_EQ(find_call(captured(recording), "MyFunction").status, operator_status::partly_counted);
}

TEST_F(opened_calls, an_autograd_function_that_called_nothing_is_unsupported) {
  record().enter_operator(recording.operators().find_range("MyFunction"), {});
  record().leave_operator();
  EXPECT_EQ(find_call(captured(recording), "MyFunction").status, operator_status::unsupported);
}

TEST(kernel_of_raised, says_what_the_parts_tell) {
  EXPECT_EQ(kernel_of_raised({.depth = 1}, true, false), kernel_run::no);
  EXPECT_EQ(kernel_of_raised({.depth = 1, .parts_before_outside = 0}, true, false), kernel_run::no);
  EXPECT_EQ(kernel_of_raised({.depth = 1, .parts_before_outside = 0}, false, false), kernel_run::unknown)
      << "it may have saved its result";
  counted_call const in_the_middle{.depth = 1, .part_ended = true, .parts = 2};
  EXPECT_EQ(kernel_of_raised(in_the_middle, true, false), kernel_run::unknown);
  EXPECT_EQ(kernel_of_raised(in_the_middle, true, true), kernel_run::no) << "views, then the product";
  EXPECT_EQ(kernel_of_raised({.depth = 1, .parts = 1, .parts_before_outside = 1}, true, false),
            kernel_run::yes);
}

}  // namespace
}  // namespace flopwatch::test
