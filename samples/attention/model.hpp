// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>

#include <torch/torch.h>

#include "flopwatch/torch.hpp"

/// \file
/// The model whose FLOPs thop counts wrongly in several ways. Written as for torch::nn; flopwatch::nn and
/// FLOPWATCH_MODULE are all that is new.

namespace sample {

namespace nn = flopwatch::nn;
using torch::Tensor;

struct sizes {
  std::int64_t batch = 1;
  std::int64_t seq = 640;
  std::int64_t dim = 768;
  std::int64_t heads = 12;
  std::int64_t calls = 1;  ///< of attn in one forward of CustomModule
};

struct AttentionImpl : nn::Module {
  AttentionImpl(std::int64_t dim, std::int64_t heads)
      : heads_(heads),
        scale_(1.0 / std::sqrt(static_cast<double>(dim / heads))),
        qkv(register_module("qkv", nn::Linear(torch::nn::LinearOptions(dim, 3 * dim).bias(false)))),
        attn_drop(register_module("attn_drop", nn::Dropout(0.0))),
        proj(register_module("proj", nn::Linear(dim, dim))),
        proj_drop(register_module("proj_drop", nn::Dropout(0.0))) {}

  Tensor forward(Tensor const& x) {
    auto const b = x.size(0);
    auto const n = x.size(1);
    auto const c = x.size(2);
    auto const parts = qkv(x).reshape({b, n, 3, heads_, c / heads_}).permute({2, 0, 3, 1, 4}).unbind(0);
    auto scores = torch::matmul(parts[0], parts[1].transpose(-2, -1)) * scale_;
    scores = attn_drop(torch::softmax(scores, -1));
    auto const y = torch::matmul(scores, parts[2]).transpose(1, 2).reshape({b, n, c});
    return proj_drop(proj(y));
  }

  std::int64_t heads_;
  double scale_;
  nn::Linear qkv;
  nn::Dropout attn_drop;
  nn::Linear proj;
  nn::Dropout proj_drop;
};
FLOPWATCH_MODULE(Attention);

struct CustomModuleImpl : nn::Module {
  explicit CustomModuleImpl(sizes const& s)
      : calls_(s.calls), attn(register_module("attn", Attention(s.dim, s.heads))) {}

  Tensor forward(Tensor x) {
    for (std::int64_t i = 0; i < calls_; ++i) x = attn(x);
    return x;
  }

  std::int64_t calls_;
  Attention attn;
};
FLOPWATCH_MODULE(CustomModule);

/// A Sequential with its own type name, as model code often has.
struct AttentionStackImpl : torch::nn::SequentialImpl {
  explicit AttentionStackImpl(sizes const& s) { push_back("attn", Attention(s.dim, s.heads)); }
  Tensor forward(Tensor const& x) { return SequentialImpl::forward(x); }
};
FLOPWATCH_MODULE(AttentionStack);

/// Holds one module and calls it.
template <class Inner>
struct OuterImpl : nn::Module {
  explicit OuterImpl(sizes const& s) : inner(register_module("inner", Inner(s))) {}
  Tensor forward(Tensor const& x) { return inner(x); }
  Inner inner;
};

/// The user's rule, in MACs: the projections and the two batched products; softmax left out.
inline std::int64_t attention_rule_macs(flopwatch::module_call const& call) {
  auto const& x = call.inputs.at(0);
  auto const b = x.at(0);
  auto const n = x.at(1);
  auto const c = x.at(2);
  return b * 4 * n * c * c + b * 2 * c * n * n;
}

}  // namespace sample
