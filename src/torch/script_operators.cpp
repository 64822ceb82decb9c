// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "torch/script_operators.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/runtime/operator.h>

namespace flopwatch::torch_layer {
namespace {

using torch::jit::Block;
using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;

constexpr std::array<std::string_view, 8> groups{
    "prim::TensorExprGroup", "prim::TensorExprDynamicGroup", "prim::FusionGroup", "prim::CudaFusionGroup",
    "prim::StaticSubgraph",  "prim::oneDNNFusionGroup",      "prim::oneDNNGroup", "prim::MKLDNNGroup"};

/// They make no number, or call the dispatcher's operators, which are seen.
constexpr std::array<std::string_view, 36> without_arithmetic{
    "prim::Constant",
    "prim::ConstantMKLDNNTensor",
    "prim::AutogradZero",
    "prim::AutogradAllZero",
    "prim::AutogradAllNonZero",
    "prim::AutogradAnyNonZero",
    "prim::AutogradAdd",
    "prim::BailOut",
    "prim::BailoutTemplate",
    "prim::BroadcastMKLDNNTensors",
    "prim::CallFunction",
    "prim::CallMethod",
    "prim::ChunkSizes",
    "prim::ConstantChunk",
    "prim::CreateObject",
    "prim::DifferentiableGraph",
    "prim::FallbackGraph",
    "prim::GetAttr",
    "prim::If",
    "prim::IfThenElse",
    "prim::ListConstruct",
    "prim::ListUnpack",
    "prim::Loop",
    "prim::MMBatchSide",
    "prim::MMTreeReduce",
    "prim::NumToTensor",
    "prim::PythonOp",
    "prim::RequiresGradCheck",
    "prim::TensorExprDynamicGuard",
    "prim::TupleConstruct",
    "prim::TupleIndex",
    "prim::TupleUnpack",
    "prim::TypeCheck",
    "prim::profile",
    "prim::profile_ivalue",
    "prim::unchecked_cast",
};

template <std::size_t N>
bool has(std::array<std::string_view, N> const& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool makes_a_tensor(Node const& node) {
  return std::any_of(node.outputs().begin(), node.outputs().end(),
                     [](Value const* v) { return v->type()->isSubtypeOf(*c10::TensorType::get()); });
}

}  // namespace

own_kind kind_of(Node const& node) {
  std::string_view const name = node.kind().toQualString();
  if (!name.starts_with("prim::")) return own_kind::none;
  if (name == "prim::mkldnn_convolution") return own_kind::convolution;
  if (has(groups, name)) return own_kind::group;
  if (name.starts_with("prim::MKLDNN")) return own_kind::same_shape;
  if (has(without_arithmetic, name) || !makes_a_tensor(node)) return own_kind::none;
  return is_dispatchers(node) ? own_kind::none : own_kind::unknown;
}

namespace {
bool has_own(Block const& block) {
  return std::any_of(block.nodes().begin(), block.nodes().end(), [](Node const* node) {
    if (kind_of(*node) != own_kind::none) return true;
    if (node->kind() == c10::prim::DifferentiableGraph && has_own_operators(*node->g(c10::attr::Subgraph)))
      return true;
    return std::any_of(node->blocks().begin(), node->blocks().end(),
                       [](Block const* b) { return has_own(*b); });
  });
}

}  // namespace

bool has_own_operators(Graph const& graph) { return has_own(*graph.block()); }

bool is_dispatchers(Node const& node) {
  auto const* const op = node.maybeOperator();
  return op != nullptr && op->isC10Op();
}

bool asks_for_the_place(Node const& node) {
  constexpr std::array<std::string_view, 8> names{
      "prim::device",        "prim::layout", "prim::requires_grad", "prim::grad",
      "aten::is_contiguous", "aten::stride", "aten::is_pinned",     "aten::storage_offset"};
  std::string_view const name = node.kind().toQualString();
  return has(names, name) || name.starts_with("prim::is_");
}

bool writes_to_more_than_tensors(torch::jit::Operator const& op) {
  auto const& schema = op.schema();
  return schema.is_mutable() &&
         std::any_of(schema.arguments().begin(), schema.arguments().end(), [](c10::Argument const& a) {
           return a.alias_info() != nullptr && a.alias_info()->isWrite() &&
                  !a.type()->isSubtypeOf(*c10::TensorType::get());
         });
}

}  // namespace flopwatch::torch_layer
