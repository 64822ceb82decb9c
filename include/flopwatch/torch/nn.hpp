// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <torch/nn/modules.h>

#include "flopwatch/torch/scoped.hpp"

/// \file
/// torch::nn under the same names, with modules that open their scope however they are called:
///
///     namespace nn = flopwatch::nn;      // instead of torch::nn
///     nn::Linear fc{nullptr};
///     ...
///     fc = register_module("fc", nn::Linear(768, 2304));
///
/// Declared type and construction both change with that one line. What is not named here (Module,
/// ModuleList, Functional, options, functional::, ...) is torch's own. Modules inside torch's composite
/// modules (the linear layers of a TransformerEncoderLayer) stay torch's plain ones and open no scope;
/// their operator calls belong to the composite. `m->forward(x)` with a default argument left out does
/// not compile; `m(x)` does.

namespace flopwatch::nn {

using namespace ::torch::nn;  // NOLINT(google-build-using-namespace): names below win over these

using ELU = scoped_holder<::torch::nn::ELUImpl>;
using SELU = scoped_holder<::torch::nn::SELUImpl>;
using Hardshrink = scoped_holder<::torch::nn::HardshrinkImpl>;
using Hardtanh = scoped_holder<::torch::nn::HardtanhImpl>;
using LeakyReLU = scoped_holder<::torch::nn::LeakyReLUImpl>;
using LogSigmoid = scoped_holder<::torch::nn::LogSigmoidImpl>;
using Softmax = scoped_holder<::torch::nn::SoftmaxImpl>;
using Softmin = scoped_holder<::torch::nn::SoftminImpl>;
using LogSoftmax = scoped_holder<::torch::nn::LogSoftmaxImpl>;
using Softmax2d = scoped_holder<::torch::nn::Softmax2dImpl>;
using PReLU = scoped_holder<::torch::nn::PReLUImpl>;
using ReLU = scoped_holder<::torch::nn::ReLUImpl>;
using ReLU6 = scoped_holder<::torch::nn::ReLU6Impl>;
using RReLU = scoped_holder<::torch::nn::RReLUImpl>;
using CELU = scoped_holder<::torch::nn::CELUImpl>;
using GLU = scoped_holder<::torch::nn::GLUImpl>;
using GELU = scoped_holder<::torch::nn::GELUImpl>;
using SiLU = scoped_holder<::torch::nn::SiLUImpl>;
using Mish = scoped_holder<::torch::nn::MishImpl>;
using Sigmoid = scoped_holder<::torch::nn::SigmoidImpl>;
using Softplus = scoped_holder<::torch::nn::SoftplusImpl>;
using Softshrink = scoped_holder<::torch::nn::SoftshrinkImpl>;
using Softsign = scoped_holder<::torch::nn::SoftsignImpl>;
using Tanh = scoped_holder<::torch::nn::TanhImpl>;
using Tanhshrink = scoped_holder<::torch::nn::TanhshrinkImpl>;
using Threshold = scoped_holder<::torch::nn::ThresholdImpl>;
using MultiheadAttention = scoped_holder<::torch::nn::MultiheadAttentionImpl>;
using BatchNorm1d = scoped_holder<::torch::nn::BatchNorm1dImpl>;
using BatchNorm2d = scoped_holder<::torch::nn::BatchNorm2dImpl>;
using BatchNorm3d = scoped_holder<::torch::nn::BatchNorm3dImpl>;
using Conv1d = scoped_holder<::torch::nn::Conv1dImpl>;
using Conv2d = scoped_holder<::torch::nn::Conv2dImpl>;
using Conv3d = scoped_holder<::torch::nn::Conv3dImpl>;
using ConvTranspose1d = scoped_holder<::torch::nn::ConvTranspose1dImpl>;
using ConvTranspose2d = scoped_holder<::torch::nn::ConvTranspose2dImpl>;
using ConvTranspose3d = scoped_holder<::torch::nn::ConvTranspose3dImpl>;
using CosineSimilarity = scoped_holder<::torch::nn::CosineSimilarityImpl>;
using PairwiseDistance = scoped_holder<::torch::nn::PairwiseDistanceImpl>;
using Dropout = scoped_holder<::torch::nn::DropoutImpl>;
using Dropout2d = scoped_holder<::torch::nn::Dropout2dImpl>;
using Dropout3d = scoped_holder<::torch::nn::Dropout3dImpl>;
using AlphaDropout = scoped_holder<::torch::nn::AlphaDropoutImpl>;
using FeatureAlphaDropout = scoped_holder<::torch::nn::FeatureAlphaDropoutImpl>;
using Fold = scoped_holder<::torch::nn::FoldImpl>;
using Unfold = scoped_holder<::torch::nn::UnfoldImpl>;
using InstanceNorm1d = scoped_holder<::torch::nn::InstanceNorm1dImpl>;
using InstanceNorm2d = scoped_holder<::torch::nn::InstanceNorm2dImpl>;
using InstanceNorm3d = scoped_holder<::torch::nn::InstanceNorm3dImpl>;
using Identity = scoped_holder<::torch::nn::IdentityImpl>;
using Linear = scoped_holder<::torch::nn::LinearImpl>;
using Flatten = scoped_holder<::torch::nn::FlattenImpl>;
using Unflatten = scoped_holder<::torch::nn::UnflattenImpl>;
using Bilinear = scoped_holder<::torch::nn::BilinearImpl>;
using L1Loss = scoped_holder<::torch::nn::L1LossImpl>;
using KLDivLoss = scoped_holder<::torch::nn::KLDivLossImpl>;
using MSELoss = scoped_holder<::torch::nn::MSELossImpl>;
using BCELoss = scoped_holder<::torch::nn::BCELossImpl>;
using HingeEmbeddingLoss = scoped_holder<::torch::nn::HingeEmbeddingLossImpl>;
using MultiMarginLoss = scoped_holder<::torch::nn::MultiMarginLossImpl>;
using CosineEmbeddingLoss = scoped_holder<::torch::nn::CosineEmbeddingLossImpl>;
using SmoothL1Loss = scoped_holder<::torch::nn::SmoothL1LossImpl>;
using HuberLoss = scoped_holder<::torch::nn::HuberLossImpl>;
using MultiLabelMarginLoss = scoped_holder<::torch::nn::MultiLabelMarginLossImpl>;
using SoftMarginLoss = scoped_holder<::torch::nn::SoftMarginLossImpl>;
using MultiLabelSoftMarginLoss = scoped_holder<::torch::nn::MultiLabelSoftMarginLossImpl>;
using TripletMarginLoss = scoped_holder<::torch::nn::TripletMarginLossImpl>;
using TripletMarginWithDistanceLoss = scoped_holder<::torch::nn::TripletMarginWithDistanceLossImpl>;
using CTCLoss = scoped_holder<::torch::nn::CTCLossImpl>;
using PoissonNLLLoss = scoped_holder<::torch::nn::PoissonNLLLossImpl>;
using MarginRankingLoss = scoped_holder<::torch::nn::MarginRankingLossImpl>;
using NLLLoss = scoped_holder<::torch::nn::NLLLossImpl>;
using CrossEntropyLoss = scoped_holder<::torch::nn::CrossEntropyLossImpl>;
using BCEWithLogitsLoss = scoped_holder<::torch::nn::BCEWithLogitsLossImpl>;
using LayerNorm = scoped_holder<::torch::nn::LayerNormImpl>;
using LocalResponseNorm = scoped_holder<::torch::nn::LocalResponseNormImpl>;
using CrossMapLRN2d = scoped_holder<::torch::nn::CrossMapLRN2dImpl>;
using GroupNorm = scoped_holder<::torch::nn::GroupNormImpl>;
using ReflectionPad1d = scoped_holder<::torch::nn::ReflectionPad1dImpl>;
using ReflectionPad2d = scoped_holder<::torch::nn::ReflectionPad2dImpl>;
using ReflectionPad3d = scoped_holder<::torch::nn::ReflectionPad3dImpl>;
using ReplicationPad1d = scoped_holder<::torch::nn::ReplicationPad1dImpl>;
using ReplicationPad2d = scoped_holder<::torch::nn::ReplicationPad2dImpl>;
using ReplicationPad3d = scoped_holder<::torch::nn::ReplicationPad3dImpl>;
using ZeroPad1d = scoped_holder<::torch::nn::ZeroPad1dImpl>;
using ZeroPad2d = scoped_holder<::torch::nn::ZeroPad2dImpl>;
using ZeroPad3d = scoped_holder<::torch::nn::ZeroPad3dImpl>;
using ConstantPad1d = scoped_holder<::torch::nn::ConstantPad1dImpl>;
using ConstantPad2d = scoped_holder<::torch::nn::ConstantPad2dImpl>;
using ConstantPad3d = scoped_holder<::torch::nn::ConstantPad3dImpl>;
using PixelShuffle = scoped_holder<::torch::nn::PixelShuffleImpl>;
using PixelUnshuffle = scoped_holder<::torch::nn::PixelUnshuffleImpl>;
using AvgPool1d = scoped_holder<::torch::nn::AvgPool1dImpl>;
using AvgPool2d = scoped_holder<::torch::nn::AvgPool2dImpl>;
using AvgPool3d = scoped_holder<::torch::nn::AvgPool3dImpl>;
using MaxPool1d = scoped_holder<::torch::nn::MaxPool1dImpl>;
using MaxPool2d = scoped_holder<::torch::nn::MaxPool2dImpl>;
using MaxPool3d = scoped_holder<::torch::nn::MaxPool3dImpl>;
using AdaptiveMaxPool1d = scoped_holder<::torch::nn::AdaptiveMaxPool1dImpl>;
using AdaptiveMaxPool2d = scoped_holder<::torch::nn::AdaptiveMaxPool2dImpl>;
using AdaptiveMaxPool3d = scoped_holder<::torch::nn::AdaptiveMaxPool3dImpl>;
using AdaptiveAvgPool1d = scoped_holder<::torch::nn::AdaptiveAvgPool1dImpl>;
using AdaptiveAvgPool2d = scoped_holder<::torch::nn::AdaptiveAvgPool2dImpl>;
using AdaptiveAvgPool3d = scoped_holder<::torch::nn::AdaptiveAvgPool3dImpl>;
using MaxUnpool1d = scoped_holder<::torch::nn::MaxUnpool1dImpl>;
using MaxUnpool2d = scoped_holder<::torch::nn::MaxUnpool2dImpl>;
using MaxUnpool3d = scoped_holder<::torch::nn::MaxUnpool3dImpl>;
using FractionalMaxPool2d = scoped_holder<::torch::nn::FractionalMaxPool2dImpl>;
using FractionalMaxPool3d = scoped_holder<::torch::nn::FractionalMaxPool3dImpl>;
using LPPool1d = scoped_holder<::torch::nn::LPPool1dImpl>;
using LPPool2d = scoped_holder<::torch::nn::LPPool2dImpl>;
using LPPool3d = scoped_holder<::torch::nn::LPPool3dImpl>;
using RNN = scoped_holder<::torch::nn::RNNImpl>;
using LSTM = scoped_holder<::torch::nn::LSTMImpl>;
using GRU = scoped_holder<::torch::nn::GRUImpl>;
using RNNCell = scoped_holder<::torch::nn::RNNCellImpl>;
using LSTMCell = scoped_holder<::torch::nn::LSTMCellImpl>;
using GRUCell = scoped_holder<::torch::nn::GRUCellImpl>;
using Transformer = scoped_holder<::torch::nn::TransformerImpl>;
using TransformerEncoder = scoped_holder<::torch::nn::TransformerEncoderImpl>;
using TransformerDecoder = scoped_holder<::torch::nn::TransformerDecoderImpl>;
using Upsample = scoped_holder<::torch::nn::UpsampleImpl>;

/// Adds `from_pretrained`; `Plain` is torch's own holder.
template <class Plain, class Options>
class embedding_holder : public scoped_holder<typename Plain::ContainedType> {
 public:
  using scoped_holder<typename Plain::ContainedType>::scoped_holder;
  static embedding_holder from_pretrained(torch::Tensor const& embeddings, Options const& options = {}) {
    auto const plain = Plain::from_pretrained(embeddings, options);
    return {std::make_shared<scoped_impl<typename Plain::ContainedType>>(*plain)};
  }
};
using Embedding = embedding_holder<::torch::nn::Embedding, EmbeddingFromPretrainedOptions>;
using EmbeddingBag = embedding_holder<::torch::nn::EmbeddingBag, EmbeddingBagFromPretrainedOptions>;

/// torch's TransformerEncoder and TransformerDecoder take a layer in torch's own holder.
template <class Plain>
class layer_holder : public scoped_holder<typename Plain::ContainedType> {
 public:
  using scoped_holder<typename Plain::ContainedType>::scoped_holder;
  operator Plain() const {  // NOLINT(google-explicit-constructor)
    return {std::static_pointer_cast<typename Plain::ContainedType>(this->ptr())};
  }
};
using TransformerEncoderLayer = layer_holder<::torch::nn::TransformerEncoderLayer>;
using TransformerDecoderLayer = layer_holder<::torch::nn::TransformerDecoderLayer>;

/// Sequential's `forward` is a template, so it has its own scoped form.
class ScopedSequentialImpl : public ::torch::nn::SequentialImpl, public detail::scope_aware {
 public:
  using ::torch::nn::SequentialImpl::SequentialImpl;

  [[nodiscard]] std::type_info const& module_type() const noexcept override {
    return typeid(::torch::nn::SequentialImpl);
  }

  template <class Result = torch::Tensor, class... Inputs>
  Result forward(Inputs&&... inputs) {
    module_scope scope(static_cast<::torch::nn::Module const*>(this), module_type(), inputs...);
    return scope.returns(::torch::nn::SequentialImpl::forward<Result>(std::forward<Inputs>(inputs)...));
  }

  std::shared_ptr<::torch::nn::Module> clone(
      std::optional<torch::Device> const& device = std::nullopt) const override {
    auto copy = std::make_shared<ScopedSequentialImpl>();
    for (auto it = begin(); it != end(); ++it) copy->push_back(it->clone(device));
    return copy;
  }
};

class Sequential : public ::torch::nn::ModuleHolder<ScopedSequentialImpl> {
 public:
  using ::torch::nn::ModuleHolder<ScopedSequentialImpl>::ModuleHolder;
  Sequential() = default;
  Sequential(std::initializer_list<::torch::nn::NamedAnyModule> named_modules)
      : ModuleHolder(std::make_shared<ScopedSequentialImpl>(named_modules)) {}
};

}  // namespace flopwatch::nn
