// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "unit/recording/recording_fixture.hpp"

namespace {

using namespace flopwatch;
using namespace flopwatch::test;

struct phases_test : testing::Test {
  phases_test() {
    module_record record;
    record.type = "Net";
    names.add(&model, record);
    names.add_path(0, "net", &model);
    recording.emplace(std::move(names), detail::operator_rules{{"my::mul", fixed(10)}}, 1000);
    recording->activate();
  }

  void mul() { call(*recording, "my::mul"); }
  void forward() {
    detail::scope_token token;
    token.enter_module(&model, typeid(int));
    mul();
    token.leave();
  }
  void closure(auto const& inside) {
    detail::scope_token token;
    token.enter_closure();
    inside();
    token.leave();
  }
  /// A backward node whose forward ran in `of`.
  void backward(detail::scope_node const* of) {
    auto* const record = detail::current_record();
    record->enter_backward(of);
    mul();
    record->leave_backward();
  }
  /// (scope, phase) -> MACs
  std::map<std::pair<std::string, phase>, std::int64_t> found() {
    auto const data = captured(*recording);
    std::map<std::pair<std::string, phase>, std::int64_t> out;
    for (auto const& c : data.operator_calls) {
      auto const scope = c.scope == 0 ? "" : data.scopes[static_cast<std::size_t>(c.scope - 1)].path;
      out[{scope, c.phase}] += c.total.macs;
    }
    for (auto const& s : data.scopes) phases_of_scopes.emplace_back(s.path, s.phase);
    return out;
  }

  int model = 0;
  detail::module_names names;
  std::optional<detail::recording> recording;
  std::vector<std::pair<std::string, phase>> phases_of_scopes;
};

using in = std::map<std::pair<std::string, phase>, std::int64_t>;

TEST_F(phases_test, a_step_of_an_optimizer_is_its_own_phase) {
  forward();
  for (int i = 0; i < 3; ++i) {
    optimizer_step const step{"SGD.step"};
    mul();
    scope const part{"decay"};
    mul();
  }
  mul();
  EXPECT_EQ(found(), (in{{{"net", phase::forward}, 10},
                         {{"SGD.step", phase::optimizer}, 30},
                         {{"SGD.step.decay", phase::optimizer}, 30},
                         {{"", phase::forward}, 10}}));
  EXPECT_EQ(
      phases_of_scopes,
      (std::vector<std::pair<std::string, phase>>{
          {"net", phase::forward}, {"SGD.step", phase::optimizer}, {"SGD.step.decay", phase::optimizer}}));
}

TEST_F(phases_test, a_module_and_a_closure_inside_a_step_are_forward_and_what_follows_is_not) {
  {
    optimizer_step const step{"LBFGS.step"};
    mul();
    closure([&] {
      forward();
      mul();
    });
    forward();
    mul();
  }
  EXPECT_EQ(found(), (in{{{"LBFGS.step", phase::optimizer}, 20},
                         {{"LBFGS.step.closure", phase::forward}, 10},
                         {{"net", phase::forward}, 20}}));
}

TEST_F(phases_test, backward_inside_a_step_is_backward_and_a_step_inside_backward_is_a_step) {
  auto* const record = detail::current_record();
  detail::scope_token token;
  token.enter_module(&model, typeid(int));
  auto const* const net = record->scopes().current();
  token.leave();
  {
    optimizer_step const step{"AdaHessian.step"};
    backward(net);
    mul();
  }
  record->enter_backward(net);
  {
    optimizer_step const step{"SGD.step"};
    mul();
  }
  mul();
  record->leave_backward();
  EXPECT_EQ(found(), (in{{{"net", phase::backward}, 20},
                         {{"AdaHessian.step", phase::optimizer}, 10},
                         {{"SGD.step", phase::optimizer}, 10}}));
}

TEST_F(phases_test, a_step_that_calls_the_step_of_its_base_class_is_one_step) {
  {
    optimizer_step const step{"Mine.step"};
    optimizer_step const base{"Mine.step"};
    mul();
    optimizer_step const other{"ine.step"};
    mul();
  }
  EXPECT_EQ(found(),
            (in{{{"Mine.step", phase::optimizer}, 10}, {{"Mine.step.ine.step", phase::optimizer}, 10}}));
}

TEST_F(phases_test, a_launch_outside_every_operator_has_the_phase_of_the_step) {
  optimizer_step const step{"SGD.step"};
  auto* const record = detail::current_record();
  auto const origin = record->origin_of_launch();
  EXPECT_EQ(origin.operator_call, nullptr);
  EXPECT_EQ(origin.in_phase, phase::optimizer);
  EXPECT_EQ(origin.scope->path, "SGD.step");
}

}  // namespace
