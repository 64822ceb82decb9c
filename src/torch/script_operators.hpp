// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace torch::jit {
struct Graph;
struct Node;
struct Operator;
}  // namespace torch::jit

namespace flopwatch::torch_layer {

/// What one operator of the interpreter is to this walk.
enum class own_kind : std::uint8_t {
  none,         ///< of the dispatcher, or without arithmetic
  convolution,  ///< a convolution on oneDNN's tensors
  same_shape,   ///< arithmetic on each element of its first input
  group,        ///< a fused group: its subgraph is its work
  unknown,      ///< it makes tensors, and it is not known how
};

[[nodiscard]] own_kind kind_of(torch::jit::Node const& node);

/// Whether the graph holds an operator that is not of kind `none`.
[[nodiscard]] bool has_own_operators(torch::jit::Graph const& graph);

/// Whether the node calls the dispatcher.
[[nodiscard]] bool is_dispatchers(torch::jit::Node const& node);

/// Its answer on a tensor without values is not that on the real one.
[[nodiscard]] bool asks_for_the_place(torch::jit::Node const& node);

/// It writes to a list, a dict or an object, which could be the program's.
[[nodiscard]] bool writes_to_more_than_tensors(torch::jit::Operator const& op);

}  // namespace flopwatch::torch_layer
