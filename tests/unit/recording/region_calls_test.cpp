// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recording/region_calls.hpp"

#include <gtest/gtest.h>

#include "unit/recording/recording_fixture.hpp"

namespace {

using namespace flopwatch;
using namespace flopwatch::test;

std::vector<std::int64_t> tensors(std::vector<std::vector<std::int64_t>> const& all) {
  args_encoder args;
  for (auto const& sizes : all) args.tensor(sizes, scalar_type::f32, tensor_layout::strided);
  return {args.words().begin(), args.words().end()};
}

/// Two products of one kind, one that was taken apart, and an operator without a rule.
detail::region_work region() {
  detail::region_work work;
  work.id = 1;
  work.calls.push_back({"aten::mm", "", false, tensors({{2, 3}, {3, 5}}), 2});
  work.calls.push_back({"aten::mm", "", true, tensors({{6, 1}, {1, 7}}), 1});
  work.calls.push_back({"my::unknown", "", false, tensors({{4}}), 1});
  return work;
}

struct region_calls : testing::Test {
  region_calls() { recording.activate(); }
  void run(detail::region_work const& work) {
    auto* const record = detail::current_record();
    detail::record_access const access(*record);
    record->count_region(work, recording.operators());
  }
  detail::recording recording{{}, test_rules(), 1000};
};

TEST_F(region_calls, are_rows_of_the_scope_that_is_open) {
  auto const work = region();
  {
    scope const here("first");
    for (int i = 0; i < 3; ++i) run(work);
  }
  scope const there("second");
  run(work);
  auto const data = captured(recording);
  ASSERT_EQ(data.operator_calls.size(), 6U);
  EXPECT_EQ(data.operator_calls[0].scope, 1);
  EXPECT_EQ(data.operator_calls[0].calls, 6);
  EXPECT_EQ(data.operator_calls[0].total.macs, 6 * 30);
  EXPECT_EQ(data.operator_calls[0].note, "in a compiled region");
  EXPECT_EQ(data.operator_calls[1].total.macs, 3 * 42);
  EXPECT_EQ(data.operator_calls[1].shapes, "[6,1] [1,7]");
  EXPECT_EQ(data.operator_calls[2].status, operator_status::unsupported);
  EXPECT_EQ(data.operator_calls[3].scope, 2);
  EXPECT_EQ(data.operator_calls[3].total.macs, 60);
}

TEST_F(region_calls, stay_apart_from_calls_of_the_dispatcher) {
  detail::region_work work;
  work.id = 1;
  work.calls.push_back({"my::mul", "", false, tensors({{4}}), 1});
  run(work);
  call(recording, "my::mul");
  auto const data = captured(recording);
  ASSERT_EQ(data.operator_calls.size(), 2U);
  EXPECT_EQ(data.operator_calls[0].total.macs, 10) << "the user's rule counts in regions, too";
  EXPECT_EQ(data.operator_calls[1].note, "");
}

TEST_F(region_calls, are_part_of_a_counted_operator_around_them) {
  call(recording, "my::mul", [&] { run(region()); });
  auto const data = captured(recording);
  ASSERT_EQ(data.operator_calls.size(), 1U);
  EXPECT_EQ(data.operator_calls[0].total.macs, 10);
}

TEST_F(region_calls, make_an_unknown_operator_around_them_partly_counted) {
  call(recording, "my::opaque", [&] { run(region()); });
  EXPECT_EQ(captured(recording).operator_calls[0].status, operator_status::partly_counted);
}

}  // namespace
