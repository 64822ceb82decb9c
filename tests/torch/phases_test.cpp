// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Training in C++: the optimizers of flopwatch::optim have a phase of their own.
#include <gtest/gtest.h>

#include "torch/support.hpp"

namespace {

namespace nn = flopwatch::nn;
namespace optim = flopwatch::optim;
using flopwatch::phase;
using namespace flopwatch::test;

struct phases_of_training : testing::Test {
  phases_of_training() { torch::manual_seed(0); }
  torch::Tensor loss() { return (model->forward(x) - 1).square().mean(); }
  flopwatch::work of(flopwatch::result const& r, phase p) {
    return r.analysis().tree.rows[0].total_by_phase[p];
  }

  nn::Linear model{8, 8};
  torch::Tensor x = torch::randn({4, 8});
};

TEST_F(phases_of_training, a_step_is_a_phase_and_a_row) {
  optim::Adam optimizer(model->parameters(), optim::AdamOptions(0.1));
  auto const r = count_model(model, [&] {
    loss().backward();
    optimizer.step();
  });
  EXPECT_EQ(of(r, phase::forward).macs, 4 * 8 * 8);
  EXPECT_EQ(of(r, phase::backward).macs, 4 * 8 * 8);
  EXPECT_GT(of(r, phase::optimizer).other_flops, 5 * 72);
  EXPECT_EQ(row_of(r, "Adam.step").total.other_flops, of(r, phase::optimizer).other_flops);
  flopwatch::work sum;
  for (auto const p : flopwatch::all_phases) sum += of(r, p);
  EXPECT_EQ(sum, r.analysis().tree.operator_total);
}

TEST_F(phases_of_training, a_closure_is_forward_and_backward) {
  optim::LBFGS optimizer(model->parameters(), optim::LBFGSOptions(0.1).max_iter(2));
  int calls = 0;
  auto const r = count_model(model, [&] {
    optimizer.step([&] {
      ++calls;
      optimizer.zero_grad();
      auto const l = loss();
      l.backward();
      return l;
    });
  });
  ASSERT_GT(calls, 0);
  EXPECT_EQ(of(r, phase::forward).macs, calls * 4 * 8 * 8);
  EXPECT_EQ(of(r, phase::backward).macs, calls * 4 * 8 * 8);
  EXPECT_GT(of(r, phase::optimizer).other_flops, 0);
  EXPECT_GT(row_of(r, "LBFGS.step.closure").self_by_phase[phase::forward].other_flops, 0) << "the loss";
}

TEST_F(phases_of_training, an_optimizer_of_your_own_says_so_itself) {
  auto const r = count_model(model, [&] {
    loss().backward();
    torch::NoGradGuard const no_grad;
    flopwatch::optimizer_step const step{"Mine.step"};
    for (auto& p : model->parameters()) p.sub_(p.grad());
  });
  EXPECT_EQ(of(r, phase::optimizer).other_flops, row_of(r, "Mine.step").total.other_flops);
  EXPECT_GT(of(r, phase::optimizer).other_flops, 0);
}

TEST_F(phases_of_training, a_module_rule_for_a_type_that_is_not_there_is_named) {
  flopwatch::custom_ops ops;
  ops.add<torch::nn::BilinearImpl>("mine", [](flopwatch::module_call const&) { return 1; });
  auto const r = count_model(
      model, [&] { loss(); }, ops);
  auto const text = text_of_loss(r, flopwatch::loss::module_rule_never_asked);
  EXPECT_NE(text.find("Bilinear"), std::string::npos) << text;
}

TEST_F(phases_of_training, an_operator_rule_below_one_that_counts_is_named) {
  auto const rule = [](flopwatch::operator_call const&) { return flopwatch::operator_work{}; };
  // The module itself calls addmm.
  auto const r = count_once([&] { torch::linear(x, model->weight, model->bias); },
                            {.operator_rules = {{"aten::addmm", rule}}});
  auto const text = text_of_loss(r, flopwatch::loss::operator_rule_never_asked);
  EXPECT_NE(text.find("aten::addmm (it ran only inside aten::linear"), std::string::npos) << text;
}

}  // namespace
