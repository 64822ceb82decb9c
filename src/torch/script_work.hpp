// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/ivalue.h>
#include <c10/util/ArrayRef.h>

namespace torch::jit {
struct Graph;
}

namespace flopwatch::torch_layer {

/// One operator that TorchScript's interpreter runs itself, past the dispatcher.
struct script_operator {
  std::string name;  ///< "prim::mkldnn_convolution"
  std::string overload;
  std::vector<std::int64_t> args;  ///< as args_encoder writes them
  bool fused = false;              ///< part of a fused group, which a fallback can replace
};

/// The work of one run of a graph that no record of the dispatcher shows.
struct script_work {
  std::vector<script_operator> operators;  ///< in the order in which they run
  std::vector<std::string> unknown;        ///< operators whose shapes could not be known, each once
};

/// Walks the graph with `inputs`, as its function gets them: tensors stand for their shapes alone, and
/// numbers, lists and branches are followed as far as they do not depend on the values of tensors. Runs
/// nothing on real data, calls no code of the user's, and changes none of the inputs. Never throws but for
/// memory.
[[nodiscard]] script_work work_of(torch::jit::Graph const& graph, c10::ArrayRef<c10::IValue> inputs);

}  // namespace flopwatch::torch_layer
