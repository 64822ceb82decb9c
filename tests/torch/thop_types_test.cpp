// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <string>
#include <typeinfo>
#include <vector>

#include <gtest/gtest.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/instancenorm.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <torch/nn/modules/pooling.h>
#include <torch/nn/modules/rnn.h>
#include <torch/nn/modules/upsampling.h>

#include "flopwatch/error.hpp"
#include "torch/formula_rule.hpp"
#include "torch/thop_calls.hpp"

namespace flopwatch::torch_layer {
namespace {

namespace nn = torch::nn;

/// Runs the held module on a tensor of this shape and asks thop's rule; nullopt where there is none.
template <class Contained>
std::optional<std::int64_t> count(nn::ModuleHolder<Contained> holder, shape const& input) {
  torch::NoGradGuard const no_grad;
  auto const* rule = find_thop_rule(typeid(*holder));
  if (rule == nullptr) return std::nullopt;
  return rule->count(*holder, test::run_module(*holder, torch::zeros(input)));
}

template <class Contained>
std::int64_t count_packed(nn::ModuleHolder<Contained> holder, shape const& padded,
                          std::vector<std::int64_t> const& lengths) {
  torch::NoGradGuard const no_grad;
  return find_thop_rule(typeid(*holder))
      ->count(*holder, test::run_packed(*holder, torch::zeros(padded), lengths));
}

TEST(thop_types, convolutions) {
  EXPECT_EQ(count(nn::Conv2d(nn::Conv2dOptions(3, 6, 3).padding(1)), {2, 3, 8, 8}), 20736);
  EXPECT_EQ(count(nn::Conv2d(nn::Conv2dOptions(3, 6, 3).padding(1).groups(3)), {2, 3, 8, 8}), 6912);
  EXPECT_EQ(count(nn::Conv2d(nn::Conv2dOptions(3, 6, 3).padding(1)), {3, 8, 8}), 27648);
  EXPECT_EQ(count(nn::Conv3d(2, 4, 3), {1, 2, 5, 5, 5}), 5832);
  EXPECT_EQ(count(nn::ConvTranspose1d(nn::ConvTranspose1dOptions(3, 6, 4).stride(2).padding(1)), {2, 3, 8}),
            2304);
  EXPECT_EQ(count(nn::ConvTranspose2d(nn::ConvTranspose2dOptions(3, 6, 2).stride(2)), {2, 3, 8, 8}), 36864);
  EXPECT_EQ(count(nn::ConvTranspose2d(nn::ConvTranspose2dOptions(4, 8, 2).stride(2).groups(2)), {2, 4, 8, 8}),
            32768);
}

TEST(thop_types, linear_norms_and_activations) {
  EXPECT_EQ(count(nn::Linear(16, 48), {2, 10, 16}), 15360);
  EXPECT_EQ(count(nn::BatchNorm2d(3), {2, 3, 8, 8}), 1536);
  EXPECT_EQ(count(nn::BatchNorm2d(nn::BatchNorm2dOptions(3).affine(false)), {2, 3, 8, 8}), 768);
  EXPECT_EQ(count(nn::InstanceNorm2d(3), {2, 3, 8, 8}), 768);
  EXPECT_EQ(count(nn::LayerNorm(nn::LayerNormOptions({8})), {2, 3, 8, 8}), 1536);
  EXPECT_EQ(count(nn::LayerNorm(nn::LayerNormOptions({8}).elementwise_affine(false)), {2, 3, 8, 8}), 768);
  EXPECT_EQ(count(nn::PReLU(), {2, 3, 8, 8}), 384);
  EXPECT_EQ(count(nn::Softmax(-1), {4, 8}), 92);
  EXPECT_EQ(count(nn::Softmax(0), {4, 8}), 88);
  EXPECT_EQ(count(nn::Softmax(1), {2, 3, 8, 8}), 1024);
}

TEST(thop_types, pooling_and_upsampling) {
  EXPECT_EQ(count(nn::AdaptiveAvgPool2d(1), {2, 3, 8, 8}), 390);
  EXPECT_EQ(count(nn::AdaptiveAvgPool2d(3), {2, 3, 8, 8}), 438);
  EXPECT_EQ(count(nn::AvgPool2d(2), {2, 3, 8, 8}), 96);
  auto const twice = [](auto mode) {
    return nn::Upsample(nn::UpsampleOptions().scale_factor(std::vector<double>{2, 2}).mode(mode));
  };
  EXPECT_EQ(count(twice(torch::kNearest), {2, 3, 8, 8}), 1536);
  EXPECT_EQ(count(twice(torch::kBilinear), {2, 3, 8, 8}), 16896);
  EXPECT_EQ(count(twice(torch::kBicubic), {2, 3, 8, 8}), 397824);
}

TEST(thop_types, recurrent_layers) {
  shape const input{5, 2, 3};
  EXPECT_EQ(count(nn::RNN(3, 4), input), 400);
  EXPECT_EQ(count(nn::GRU(3, 4), input), 1360);
  EXPECT_EQ(count(nn::LSTM(3, 4), input), 1760);
  EXPECT_EQ(count(nn::LSTM(nn::LSTMOptions(3, 4).bias(false)), input), 1440);
  EXPECT_EQ(count(nn::LSTM(nn::LSTMOptions(3, 4).num_layers(2).bidirectional(true)), input), 8640);
  EXPECT_EQ(count(nn::RNN(nn::RNNOptions(3, 4).num_layers(2).bidirectional(true)), input), 2000);
  EXPECT_EQ(count(nn::GRU(nn::GRUOptions(3, 4).num_layers(2).bias(false)), input), 2360);
  EXPECT_EQ(count(nn::LSTM(nn::LSTMOptions(3, 4).proj_size(2)), input), 1760);
  EXPECT_EQ(count_packed(nn::LSTM(3, 4), input, {5, 2}), 1760);
}

TEST(thop_types, zero_rules_are_rules_and_still_count_nothing) {
  EXPECT_EQ(count(nn::ReLU(), {4}), 0);
  EXPECT_EQ(count(nn::Dropout(), {4}), 0);
  EXPECT_EQ(count(nn::MaxPool2d(2), {1, 1, 4, 4}), 0);
  auto const* rule = find_thop_rule(typeid(nn::SequentialImpl));
  ASSERT_NE(rule, nullptr);
  EXPECT_EQ(rule->count(*nn::Sequential(), {}), 0);
  EXPECT_TRUE(rule->is_zero);
  EXPECT_TRUE(find_thop_rule(typeid(nn::MaxPool3dImpl))->is_zero);
  EXPECT_FALSE(find_thop_rule(typeid(nn::LinearImpl))->is_zero);
  EXPECT_FALSE(find_thop_rule(typeid(nn::UpsampleImpl))->is_zero);
}

TEST(thop_types, prelu_counts_in_training_mode_too) {
  nn::PReLU module;
  ASSERT_TRUE(module->is_training());
  EXPECT_EQ(count(module, {6}), 6);
  module->eval();
  EXPECT_EQ(count(module, {6}), 6);
}

TEST(thop_types, rules_say_what_they_count) {
  auto const* linear = find_thop_rule(typeid(nn::LinearImpl));
  ASSERT_NE(linear, nullptr);
  EXPECT_EQ(linear->origin, rule_origin::thop);
  EXPECT_EQ(linear->name, "Linear");
  EXPECT_EQ(linear->unit, formula_unit::macs);
  EXPECT_EQ(find_thop_rule(typeid(nn::LSTMCellImpl))->unit, formula_unit::macs);
  EXPECT_EQ(find_thop_rule(typeid(nn::ReLUImpl))->unit, formula_unit::macs);
  EXPECT_EQ(find_thop_rule(typeid(nn::LayerNormImpl))->unit, formula_unit::operations);
  EXPECT_EQ(find_thop_rule(typeid(nn::SoftmaxImpl))->unit, formula_unit::operations);
  EXPECT_EQ(find_thop_rule(typeid(nn::AdaptiveAvgPool3dImpl))->unit, formula_unit::operations);
}

struct derived_linear : nn::LinearImpl {
  using nn::LinearImpl::LinearImpl;
};

TEST(thop_types, derived_types_have_no_rule_but_rules_take_them) {
  EXPECT_EQ(find_thop_rule(typeid(derived_linear)), nullptr);
  EXPECT_EQ(find_thop_rule(typeid(nn::Module)), nullptr);
  EXPECT_EQ(count(nn::GELU(), {4}), std::nullopt);
  EXPECT_EQ(count(nn::GroupNorm(nn::GroupNormOptions(1, 2)), {1, 2, 3}), std::nullopt);

  derived_linear module(16, 48);
  auto const call = test::run_module(module, torch::zeros({10, 16}));
  EXPECT_EQ(find_thop_rule(typeid(nn::LinearImpl))->count(module, call), 7680);
}

TEST(thop_types, refuses_a_call_without_tensors) {
  nn::LinearImpl const module(2, 3);
  EXPECT_THROW((void)find_thop_rule(typeid(nn::LinearImpl))->count(module, {}), rule_error);
}

}  // namespace
}  // namespace flopwatch::torch_layer
