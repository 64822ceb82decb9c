// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/synthetic/capture_builder.hpp"

namespace flopwatch::test {
namespace {

using ::testing::HasSubstr;

capture_builder good() {
  capture_builder c;
  auto const root = c.module("Root");
  auto const fc = c.module("Linear", rule_origin::thop);
  c.path(c.path(0, "", root), "fc", fc);
  auto const s = c.scope(c.scope(0, "", root), "fc", fc);
  c.formula(s, fc, 8);
  c.launch(s, c.product(s, "aten::mm", 8), c.kernel("k"), {{ffma_metric, 8}});
  return c;
}

struct broken_case {
  char const* name;
  std::function<void(capture_data&)> harm;
  char const* message;
};

class broken : public ::testing::TestWithParam<broken_case> {};

TEST_P(broken, is_a_capture_error_that_names_the_record) {
  auto c = good();
  ASSERT_NO_THROW(static_cast<void>(attribute(c.data)));
  GetParam().harm(c.data);
  try {
    static_cast<void>(attribute(c.data));
    FAIL() << "accepted";
  } catch (capture_error const& e) {
    EXPECT_THAT(e.what(), HasSubstr(GetParam().message));
  }
}

INSTANTIATE_TEST_SUITE_P(
    captures, broken,
    ::testing::Values(
        broken_case{"path_module", [](auto& d) { d.module_paths[1].module = 9; }, "refers to module 9"},
        broken_case{"path_parent", [](auto& d) { d.module_paths[1].parent = 9; }, "module path 9"},
        broken_case{"path_order",
                    [](auto& d) {
                      d.module_paths[0].id = 7;
                      d.module_paths[1].parent = 7;
                    },
                    "before its parent"},
        broken_case{"path_cycle", [](auto& d) { d.module_paths[1].parent = 2; }, "before its parent"},
        broken_case{"two_roots", [](auto& d) { d.module_paths[1].parent = 0; }, "second root"},
        broken_case{"scope_parent", [](auto& d) { d.scopes[1].parent = 9; }, "scope 9"},
        broken_case{"scope_cycle", [](auto& d) { d.scopes[1].parent = 2; }, "before its parent"},
        broken_case{"scope_module", [](auto& d) { d.scopes[1].module = 9; }, "module 9"},
        broken_case{"scope_twice", [](auto& d) { d.scopes[1].id = 1; }, "scope 1 stands twice"},
        broken_case{"scope_id", [](auto& d) { d.scopes[0].id = -4; }, "has the id -4"},
        broken_case{"scope_entries", [](auto& d) { d.scopes[0].entries = -1; }, "negative"},
        broken_case{"operator_scope", [](auto& d) { d.operator_calls[0].scope = 9; },
                    "operator call 1 refers to scope 9"},
        broken_case{"operator_negative", [](auto& d) { d.operator_calls[0].total.macs = -1; }, "negative"},
        broken_case{"formula_scope", [](auto& d) { d.formula_calls[0].scope = 9; }, "scope 9"},
        broken_case{"formula_module", [](auto& d) { d.formula_calls[0].module = 9; }, "module 9"},
        broken_case{"formula_negative", [](auto& d) { d.formula_calls[0].amount = -1; }, "negative"},
        broken_case{"formula_calls_negative", [](auto& d) { d.formula_calls[0].calls = -1; }, "negative"},
        broken_case{"launch_operator", [](auto& d) { d.launch_groups[0].operator_call = 9; },
                    "operator call 9"},
        broken_case{"launch_kernel", [](auto& d) { d.launch_groups[0].kernel = 9; }, "kernel 9"},
        broken_case{"launch_scope",
                    [](auto& d) {
                      d.launch_groups[0].operator_call = 0;
                      d.launch_groups[0].scope = 9;
                    },
                    "scope 9"},
        broken_case{"launches_negative", [](auto& d) { d.launch_groups[0].launches = -1; }, "negative"}),
    [](auto const& i) { return std::string(i.param.name); });

TEST(totals, that_do_not_fit_are_a_data_loss) {
  auto c = good();
  c.data.operator_calls[0].total.macs = std::numeric_limits<std::int64_t>::max();
  c.product(1, "aten::mm", 1);
  auto const tree = attribute(c.data);
  EXPECT_EQ(tree.operator_total.macs, std::numeric_limits<std::int64_t>::max());
  ASSERT_EQ(tree.losses.size(), 1U);
  EXPECT_EQ(tree.losses[0].kind, "count_overflow");
}

}  // namespace
}  // namespace flopwatch::test
