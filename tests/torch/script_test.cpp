// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <torch/csrc/jit/api/module.h>

#include "torch/support.hpp"

namespace {

using namespace flopwatch::test;

torch::jit::Module block() {
  torch::jit::Module m("Block");
  m.register_parameter("w", torch::randn({4, 4}), false);
  m.register_attribute("training", c10::BoolType::get(), false);
  m.define("def forward(self, x):\n  return torch.relu(torch.mm(x, self.w))\n");
  return m;
}

TEST(script, modules_inside_a_script_module_have_scopes) {
  torch::NoGradGuard const no_grad;
  torch::jit::Module m("Net");
  m.register_attribute("training", c10::BoolType::get(), false);
  m.register_module("a", block());
  m.register_module("b", block());
  m.define(
      "def forward(self, x):\n  return torch.mm(self.b.forward(self.a.forward(self.a.forward(x))), x)\n");
  std::vector<torch::jit::IValue> const inputs{torch::randn({4, 4})};
  auto const r = count_once([&] { m.forward(inputs); });
  EXPECT_EQ(r.analysis().tree.operator_total.macs, 4 * 64);
  EXPECT_EQ(row_of(r, "Net.a").calls, 2) << r.report();
  EXPECT_EQ(row_of(r, "Net.b").calls, 1) << r.report();
  EXPECT_EQ(row_of(r, "Net").calls, 1) << r.report();
}

TEST(script, an_exception_closes_the_scopes) {
  torch::NoGradGuard const no_grad;
  auto m = block();
  auto const r = count_once([&] {
    EXPECT_ANY_THROW(m.forward({torch::randn({4, 5})}));
    torch::mm(torch::ones({2, 3}), torch::ones({3, 5}));
  });
  EXPECT_EQ(r.analysis().tree.operator_total.macs, 30);
  EXPECT_FALSE(has_loss(r, flopwatch::loss::scope_left_open)) << r.report();
}

}  // namespace
