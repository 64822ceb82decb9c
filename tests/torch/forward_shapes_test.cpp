// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// FLOPWATCH_MODULE on an Impl whose `forward` is overloaded, a template, or not there.
#include <gtest/gtest.h>

#include "torch/support.hpp"

namespace {

namespace nn = flopwatch::nn;
using torch::Tensor;

struct TwoWaysImpl : torch::nn::Cloneable<TwoWaysImpl> {
  TwoWaysImpl() { reset(); }
  void reset() override { fc = register_module("fc", nn::Linear(8, 8)); }
  Tensor forward(Tensor const& x) { return fc(x); }
  Tensor forward(Tensor const& x, Tensor const& y) { return fc(x) + fc(y); }
  nn::Linear fc{nullptr};
};
FLOPWATCH_MODULE(TwoWays);

struct AnyInputImpl : torch::nn::Module {
  template <class T>
  Tensor forward(T const& x) {
    return fc(x);
  }
  nn::Linear fc{register_module("fc", nn::Linear(8, 8))};
};
FLOPWATCH_MODULE(AnyInput);

struct NotCalledImpl : torch::nn::Module {
  nn::Linear fc{register_module("fc", nn::Linear(8, 8))};
};
FLOPWATCH_MODULE(NotCalled);

class forward_of_a_module : public testing::Test {
 protected:
  template <class Model>
  flopwatch::result counted(Model& model, std::function<void()> const& f) {
    flopwatch::session session{{.warmup = 0}};
    session.watch(model);
    return session.count(f);
  }
  Tensor const x_ = torch::randn({4, 8});
  static constexpr std::int64_t one_layer = 4 * 8 * 8;
};

TEST_F(forward_of_a_module, may_be_overloaded) {
  TwoWays model;
  auto const r = counted(model, [&] {
    model(x_);
    model->forward(x_, x_);
  });
  EXPECT_EQ(r.total().calls, 2);
  EXPECT_EQ(r.total().operator_macs, 3 * one_layer);
  EXPECT_EQ(r.module("fc").calls, 3);
  EXPECT_EQ(r.module("fc").operator_macs, 3 * one_layer);
  EXPECT_EQ(r.total().type, "TwoWays");
}

TEST_F(forward_of_a_module, may_be_overloaded_and_cloned) {
  TwoWays const model;
  auto const copy = std::dynamic_pointer_cast<TwoWays::ContainedType>(model->clone());
  ASSERT_NE(copy, nullptr);
  auto const root = std::static_pointer_cast<torch::nn::Module>(copy);
  EXPECT_EQ(counted(root, [&] { copy->forward(x_); }).total().calls, 1);
}

TEST_F(forward_of_a_module, may_be_a_template) {
  AnyInput model;
  auto const r = counted(model, [&] { model(x_); });
  EXPECT_EQ(r.total().calls, 1);
  EXPECT_EQ(r.total().operator_macs, one_layer);
}

TEST_F(forward_of_a_module, may_be_missing) {
  NotCalled model;
  auto const r = counted(model, [&] { model->fc(x_); });
  EXPECT_EQ(r.total().calls, 0);
  EXPECT_EQ(r.module("fc").operator_macs, one_layer);
}

template <class Model, class... Args>
concept callable_with = requires(Model m, Args const&... args) {
  m(args...);
};
static_assert(callable_with<TwoWays, Tensor>);
static_assert(callable_with<TwoWays, Tensor, Tensor>);
static_assert(!callable_with<TwoWays, Tensor, Tensor, Tensor>);
static_assert(!callable_with<NotCalled, Tensor>);

}  // namespace
