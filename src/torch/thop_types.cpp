// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

#include <typeinfo>
#include <unordered_map>
#include <utility>
#include <variant>

#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/dropout.h>
#include <torch/nn/modules/instancenorm.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/normalization.h>
#include <torch/nn/modules/padding.h>
#include <torch/nn/modules/pixelshuffle.h>
#include <torch/nn/modules/pooling.h>
#include <torch/nn/modules/rnn.h>
#include <torch/nn/modules/upsampling.h>

#include "rules/thop/elementwise.hpp"
#include "rules/thop/products.hpp"
#include "rules/thop/recurrent.hpp"
#include "torch/formula_rule.hpp"

namespace flopwatch::torch_layer {

namespace {

namespace nn = torch::nn;

using rule_table = std::unordered_map<std::type_index, formula_rule>;

/// `count` takes the module as its own type.
template <class Impl, class Count>
formula_rule& add(rule_table& table, char const* name, formula_unit unit, Count count) {
  auto& rule = table[typeid(Impl)];
  rule.origin = rule_origin::thop;
  rule.name = name;
  rule.unit = unit;
  rule.count = [count = std::move(count)](nn::Module const& module, module_call const& call) {
    return count(static_cast<Impl const&>(module), call);
  };
  return rule;
}

template <class Impl>
void add_convolution(rule_table& table, char const* name) {
  add<Impl>(table, name, formula_unit::macs, [](Impl const& m, module_call const& call) {
    // The weight and not the options, as the reference does; they differ where someone replaced it.
    auto const kernel = m.weight.sizes().slice(2);
    return thop::convolution_macs(call, {kernel.data(), kernel.size()}, m.options.groups());
  });
}

template <class Impl>
void add_no_macs(rule_table& table, char const* name) {
  add<Impl>(table, name, formula_unit::macs, [](Impl const&, module_call const&) {
    return thop::no_macs();
  }).is_zero = true;
}

template <class Impl>
void add_norm(rule_table& table, char const* name) {
  add<Impl>(table, name, formula_unit::operations, [](Impl const& m, module_call const& call) {
    return thop::normalization_operations(call, m.options.affine());
  });
}

template <class Impl>
void add_average_pool(rule_table& table, char const* name) {
  add<Impl>(table, name, formula_unit::operations,
            [](Impl const&, module_call const& call) { return thop::average_pool_operations(call); });
}

template <class Impl>
void add_adaptive_average_pool(rule_table& table, char const* name) {
  add<Impl>(table, name, formula_unit::operations, [](Impl const&, module_call const& call) {
    return thop::adaptive_average_pool_operations(call);
  });
}

template <class Options>
thop::recurrent_cell cell_of(thop::recurrent_kind kind, Options const& options) {
  return {.kind = kind,
          .input_size = options.input_size(),
          .hidden_size = options.hidden_size(),
          .bias = options.bias()};
}

template <class Impl>
void add_cell(rule_table& table, char const* name, thop::recurrent_kind kind) {
  add<Impl>(table, name, formula_unit::macs, [kind](Impl const& m, module_call const& call) {
    return thop::cell_macs(call, cell_of(kind, m.options));
  });
}

template <class Impl>
void add_recurrent(rule_table& table, char const* name, thop::recurrent_kind kind) {
  add<Impl>(table, name, formula_unit::macs, [kind](Impl const& m, module_call const& call) {
    return thop::recurrent_macs(call, {.first = cell_of(kind, m.options),
                                       .layers = m.options.num_layers(),
                                       .bidirectional = m.options.bidirectional()});
  });
}

thop::upsample_mode mode_of(nn::UpsampleOptions const& options) {
  using thop::upsample_mode;
  auto const& mode = options.mode();
  if (std::holds_alternative<torch::enumtype::kNearest>(mode)) return upsample_mode::nearest;
  if (std::holds_alternative<torch::enumtype::kLinear>(mode)) return upsample_mode::linear;
  if (std::holds_alternative<torch::enumtype::kBilinear>(mode)) return upsample_mode::bilinear;
  if (std::holds_alternative<torch::enumtype::kBicubic>(mode)) return upsample_mode::bicubic;
  return upsample_mode::other;
}

void add_products(rule_table& table) {
  add_convolution<nn::Conv1dImpl>(table, "Conv1d");
  add_convolution<nn::Conv2dImpl>(table, "Conv2d");
  add_convolution<nn::Conv3dImpl>(table, "Conv3d");
  add_convolution<nn::ConvTranspose1dImpl>(table, "ConvTranspose1d");
  add_convolution<nn::ConvTranspose2dImpl>(table, "ConvTranspose2d");
  add_convolution<nn::ConvTranspose3dImpl>(table, "ConvTranspose3d");
  add<nn::LinearImpl>(table, "Linear", formula_unit::macs,
                      [](nn::LinearImpl const& m, module_call const& call) {
                        return thop::linear_macs(call, m.options.in_features());
                      });
  add_cell<nn::RNNCellImpl>(table, "RNNCell", thop::recurrent_kind::rnn);
  add_cell<nn::GRUCellImpl>(table, "GRUCell", thop::recurrent_kind::gru);
  add_cell<nn::LSTMCellImpl>(table, "LSTMCell", thop::recurrent_kind::lstm);
  add_recurrent<nn::RNNImpl>(table, "RNN", thop::recurrent_kind::rnn);
  add_recurrent<nn::GRUImpl>(table, "GRU", thop::recurrent_kind::gru);
  add_recurrent<nn::LSTMImpl>(table, "LSTM", thop::recurrent_kind::lstm);
}

void add_elementwise(rule_table& table) {
  add_norm<nn::BatchNorm1dImpl>(table, "BatchNorm1d");
  add_norm<nn::BatchNorm2dImpl>(table, "BatchNorm2d");
  add_norm<nn::BatchNorm3dImpl>(table, "BatchNorm3d");
  add_norm<nn::InstanceNorm1dImpl>(table, "InstanceNorm1d");
  add_norm<nn::InstanceNorm2dImpl>(table, "InstanceNorm2d");
  add_norm<nn::InstanceNorm3dImpl>(table, "InstanceNorm3d");
  add<nn::LayerNormImpl>(table, "LayerNorm", formula_unit::operations,
                         [](nn::LayerNormImpl const& m, module_call const& call) {
                           return thop::normalization_operations(call, m.options.elementwise_affine());
                         });
  add<nn::PReLUImpl>(
      table, "PReLU", formula_unit::operations,
      [](nn::PReLUImpl const&, module_call const& call) { return thop::prelu_operations(call); });
  add<nn::SoftmaxImpl>(table, "Softmax", formula_unit::operations,
                       [](nn::SoftmaxImpl const& m, module_call const& call) {
                         return thop::softmax_operations(call, m.options.dim());
                       });
  add_average_pool<nn::AvgPool1dImpl>(table, "AvgPool1d");
  add_average_pool<nn::AvgPool2dImpl>(table, "AvgPool2d");
  add_average_pool<nn::AvgPool3dImpl>(table, "AvgPool3d");
  add_adaptive_average_pool<nn::AdaptiveAvgPool1dImpl>(table, "AdaptiveAvgPool1d");
  add_adaptive_average_pool<nn::AdaptiveAvgPool2dImpl>(table, "AdaptiveAvgPool2d");
  add_adaptive_average_pool<nn::AdaptiveAvgPool3dImpl>(table, "AdaptiveAvgPool3d");
  add<nn::UpsampleImpl>(table, "Upsample", formula_unit::operations,
                        [](nn::UpsampleImpl const& m, module_call const& call) {
                          return thop::upsample_operations(call, mode_of(m.options));
                        });
}

void add_zeros(rule_table& table) {
  add_no_macs<nn::ReLUImpl>(table, "ReLU");
  add_no_macs<nn::ReLU6Impl>(table, "ReLU6");
  add_no_macs<nn::LeakyReLUImpl>(table, "LeakyReLU");
  add_no_macs<nn::DropoutImpl>(table, "Dropout");
  add_no_macs<nn::ZeroPad2dImpl>(table, "ZeroPad2d");
  add_no_macs<nn::MaxPool1dImpl>(table, "MaxPool1d");
  add_no_macs<nn::MaxPool2dImpl>(table, "MaxPool2d");
  add_no_macs<nn::MaxPool3dImpl>(table, "MaxPool3d");
  add_no_macs<nn::AdaptiveMaxPool1dImpl>(table, "AdaptiveMaxPool1d");
  add_no_macs<nn::AdaptiveMaxPool2dImpl>(table, "AdaptiveMaxPool2d");
  add_no_macs<nn::AdaptiveMaxPool3dImpl>(table, "AdaptiveMaxPool3d");
  add_no_macs<nn::PixelShuffleImpl>(table, "PixelShuffle");
  add_no_macs<nn::SequentialImpl>(table, "Sequential");
}

rule_table make_rules() {
  rule_table table;
  add_products(table);
  add_elementwise(table);
  add_zeros(table);
  return table;
}

}  // namespace

formula_rule const* find_thop_rule(std::type_index type) {
  static rule_table const rules = make_rules();
  auto const found = rules.find(type);
  return found == rules.end() ? nullptr : &found->second;
}

}  // namespace flopwatch::torch_layer
