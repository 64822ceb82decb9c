// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include <torch/nn/utils/rnn.h>
#include <torch/types.h>

#include "flopwatch/module_rule.hpp"

/// \file
/// Runs modules and takes down the shapes that went in and out.

namespace flopwatch::test {

namespace rnn_utils = torch::nn::utils::rnn;

inline void collect(std::vector<shape>& into, torch::Tensor const& t) {
  if (t.defined()) into.push_back(t.sizes().vec());
}

inline void collect(std::vector<shape>& into, rnn_utils::PackedSequence const& p) { collect(into, p.data()); }

template <class... T>
void collect(std::vector<shape>& into, std::tuple<T...> const& parts) {
  std::apply([&](auto const&... part) { (collect(into, part), ...); }, parts);
}

template <class Impl>
module_call run_module(Impl& module, torch::Tensor const& input) {
  module_call call;
  collect(call.inputs, input);
  collect(call.outputs, module.forward(input));
  return call;
}

/// Packs `padded`, whose sequences have the given lengths (longest first), and runs a recurrent layer.
template <class Impl>
module_call run_packed(Impl& module, torch::Tensor const& padded, std::vector<std::int64_t> const& lengths) {
  auto const packed =
      rnn_utils::pack_padded_sequence(padded, torch::tensor(lengths), module.options.batch_first());
  auto const& batches = packed.batch_sizes();
  module_call call;
  call.packed = {.max_batch = batches.max().template item<std::int64_t>(), .steps = batches.size(0)};
  collect(call.inputs, packed);
  collect(call.outputs, module.forward_with_packed_input(packed));
  return call;
}

}  // namespace flopwatch::test
