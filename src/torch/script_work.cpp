// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "torch/script_work.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>

#include <ATen/ATen.h>
#include <ATen/ExpandUtils.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/runtime/operator.h>

#include "torch/encode.hpp"
#include "torch/script_operators.hpp"
#include "torch/shapes_alone.hpp"

namespace flopwatch::torch_layer {
namespace {

using c10::IValue;
using torch::jit::Block;
using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;
using maybe_value = std::optional<IValue>;

class walk {
 public:
  explicit walk(script_work& work) : work_(work) {}

  void run(Graph const& graph, c10::ArrayRef<maybe_value> inputs) {
    auto const& to = graph.inputs();
    for (std::size_t i = 0; i < to.size() && i < inputs.size(); ++i) values_[to[i]] = inputs[i];
    run(*graph.block());
  }
  [[nodiscard]] maybe_value value_of(Value const* v) const {
    auto const found = values_.find(v);
    return found == values_.end() ? std::nullopt : found->second;
  }
  /// What runs from here on is part of a fused group, so that the dispatcher sees none of it.
  void fuse() { fused_ = true; }

 private:
  static constexpr std::int64_t max_iterations = 100000;

  void set(Node const& node, std::vector<maybe_value> const& outputs) {
    for (std::size_t i = 0; i < node.outputs().size(); ++i)
      values_[node.output(i)] = i < outputs.size() ? outputs[i] : std::nullopt;
  }
  std::vector<maybe_value> inputs_of(Node const& node) const {
    std::vector<maybe_value> all;
    for (auto const* v : node.inputs()) all.push_back(value_of(v));
    return all;
  }

  void run(Block const& block) {
    for (auto const* node : block.nodes()) run(*node);
  }

  /// It cannot be told whether these run, or on what.
  void give_up(Block const& block) {
    for (auto const* node : block.nodes()) give_up(*node);
  }
  void give_up(Node const& node) {
    set(node, {});
    auto const kind = kind_of(node);
    if (kind != own_kind::none || (fused_ && is_dispatchers(node))) lose(node);
    for (auto const* b : node.blocks()) give_up(*b);
    if (node.kind() == c10::prim::DifferentiableGraph) give_up(*node.g(c10::attr::Subgraph)->block());
  }
  void lose(Node const& node) {
    std::string const name = node.kind().toQualString();
    if (std::find(work_.unknown.begin(), work_.unknown.end(), name) == work_.unknown.end())
      work_.unknown.push_back(name);
  }

  void run(Node const& node) {
    switch (kind_of(node)) {
      case own_kind::convolution:
        run_convolution(node);
        return;
      case own_kind::same_shape:
        run_same_shape(node);
        return;
      case own_kind::group:
        run_group(node);
        return;
      case own_kind::unknown:
        give_up(node);
        return;
      case own_kind::none:
        break;
    }
    std::string_view const name = node.kind().toQualString();
    if (node.kind() == c10::prim::Constant) {
      auto const constant = torch::jit::toIValue(node.output());
      set(node, {constant ? without_values(*constant) : std::nullopt});
    } else if (name == "prim::ConstantMKLDNNTensor") {
      set(node, {without_values(node.t(c10::attr::value))});
    } else if (node.kind() == c10::prim::If) {
      run_if(node);
    } else if (node.kind() == c10::prim::Loop) {
      run_loop(node);
    } else if (node.kind() == c10::prim::DifferentiableGraph) {
      auto const& inside = *node.g(c10::attr::Subgraph);
      run(inside, inputs_of(node));
      pass_outputs(node, inside);
    } else if (name == "prim::profile" || name == "prim::profile_ivalue" || name == "prim::unchecked_cast" ||
               name == "aten::to_mkldnn" || name == "aten::to_dense" || name == "prim::BailOut") {
      auto const in = inputs_of(node);
      set(node, {in.empty() ? std::nullopt : in[0]});
    } else if (name == "prim::BroadcastMKLDNNTensors") {
      run_broadcast(node);
    } else if (name == "prim::TypeCheck" || name == "prim::RequiresGradCheck" ||
               name == "prim::TensorExprDynamicGuard") {
      run_guard(node);
    } else if (!run_structure(node)) {
      run_operator(node);
    }
  }

  void pass_outputs(Node const& node, Graph const& inside) {
    std::vector<maybe_value> outputs;
    for (auto const* v : inside.outputs()) outputs.push_back(value_of(v));
    set(node, outputs);
  }

  /// A guard passes on what it looked at, and says whether the group behind it may run. Where it does not,
  /// the group's fallback runs, which the caller sees.
  void run_guard(Node const& node) {
    auto outputs = inputs_of(node);
    outputs.resize(node.outputs().size() - 1);
    outputs.emplace_back(true);
    set(node, outputs);
  }

  void run_if(Node const& node) {
    auto const condition = value_of(node.input(0));
    if (!condition || !condition->isBool()) {
      give_up(node);
      return;
    }
    auto const* const block = node.blocks()[condition->toBool() ? 0 : 1];
    run(*block);
    std::vector<maybe_value> outputs;
    for (auto const* v : block->outputs()) outputs.push_back(value_of(v));
    set(node, outputs);
  }

  void run_loop(Node const& node) {
    auto const in = inputs_of(node);
    auto const* const block = node.blocks()[0];
    std::vector<maybe_value> carried(in.begin() + 2, in.end());
    auto goes_on = in[1];
    bool const known = in[0] && in[0]->isInt() && goes_on && goes_on->isBool();
    std::int64_t const most = known ? in[0]->toInt() : 0;
    std::int64_t i = 0;
    for (; known && goes_on && goes_on->toBool() && i < most && i < max_iterations; ++i) {
      values_[block->inputs()[0]] = IValue(i);
      for (std::size_t c = 0; c < carried.size(); ++c) values_[block->inputs()[c + 1]] = carried[c];
      run(*block);
      goes_on = value_of(block->outputs()[0]);
      for (std::size_t c = 0; c < carried.size(); ++c) carried[c] = value_of(block->outputs()[c + 1]);
      if (!goes_on || !goes_on->isBool()) break;
    }
    if (!known || !goes_on || !goes_on->isBool() || i == max_iterations) {
      give_up(node);
      return;
    }
    set(node, carried);
  }

  /// Lists, tuples and attributes. \returns false for anything else
  bool run_structure(Node const& node) {
    auto const in = inputs_of(node);
    bool const all_known =
        std::all_of(in.begin(), in.end(), [](maybe_value const& v) { return v.has_value(); });
    if (node.kind() == c10::prim::ListConstruct) {
      auto const type = node.output()->type()->cast<c10::ListType>();
      if (!all_known || !type) {
        set(node, {});
        return true;
      }
      c10::impl::GenericList list(type->getElementType());
      for (auto const& item : in) list.push_back(*item);
      set(node, {IValue(std::move(list))});
    } else if (node.kind() == c10::prim::TupleConstruct) {
      std::vector<IValue> items;
      for (auto const& item : in) items.push_back(item.value_or(IValue()));
      set(node, {all_known ? maybe_value(c10::ivalue::Tuple::create(std::move(items))) : std::nullopt});
    } else if (node.kind() == c10::prim::TupleUnpack || node.kind() == c10::prim::ListUnpack) {
      std::vector<maybe_value> items;
      if (all_known && in[0]->isTuple()) {
        for (auto const& item : in[0]->toTupleRef().elements()) items.emplace_back(item);
      } else if (all_known && in[0]->isList()) {
        for (IValue const& item : in[0]->toList()) items.emplace_back(item);
      }
      set(node, items);
    } else if (node.kind() == c10::prim::GetAttr) {
      bool const is_object = all_known && in[0]->isObject();
      set(node,
          {is_object ? without_values(in[0]->toObject()->getAttr(node.s(c10::attr::name))) : std::nullopt});
    } else {
      return false;
    }
    return true;
  }

  /// An operator of torch's own, on shapes alone.
  void run_operator(Node const& node) {
    auto const in = inputs_of(node);
    auto const* const op = node.maybeOperator();
    std::string_view const name = node.kind().toQualString();
    bool const torchs = name.starts_with("aten::") || name.starts_with("prim::");
    bool const known = std::all_of(in.begin(), in.end(), [](maybe_value const& v) { return v.has_value(); });
    if (op == nullptr || !torchs || !known || node.hasSideEffects() || asks_for_the_place(node) ||
        writes_to_more_than_tensors(*op) || !node.blocks().empty()) {
      give_up(node);
      return;
    }
    if (fused_ && op->isC10Op()) emit(std::string(name), op->schema().overload_name(), in);
    torch::jit::Stack stack;
    for (auto const& v : in) stack.push_back(*v);
    try {
      node.getOperation()(stack);
    } catch (std::exception const&) {
      stack.clear();
    }
    std::vector<maybe_value> outputs;
    if (stack.size() == node.outputs().size()) {
      for (auto const& v : stack) outputs.push_back(without_values(v));
    }
    set(node, outputs);
  }

  void emit(std::string name, std::string overload, std::vector<maybe_value> const& in) {
    args_encoder encoder;
    c10::DispatchKeySet keys;
    for (auto const& v : in) encode(*v, encoder, keys);
    auto const words = encoder.words();
    work_.operators.push_back({std::move(name), std::move(overload), {words.begin(), words.end()}, fused_});
  }

  void run_convolution(Node const& node) {
    auto const in = inputs_of(node);
    bool const known =
        in.size() == 7 && std::all_of(in.begin(), in.end(), [](auto const& v) { return v.has_value(); });
    try {
      if (known) {
        auto const input = in[0]->toTensor();
        auto const weight = in[1]->toTensor();
        c10::optional<at::Tensor> const bias = in[2]->toOptional<at::Tensor>();
        auto const output = at::convolution(input, weight, bias, in[3]->toIntVector(), in[4]->toIntVector(),
                                            in[5]->toIntVector(), false,
                                            std::vector<std::int64_t>(input.dim() - 2, 0), in[6]->toInt());
        emit(node.kind().toQualString(), {}, in);
        set(node, {IValue(output)});
        return;
      }
    } catch (std::exception const&) {
      // It does not fit: then the program raises as well, or its shapes are not what they seem.
    }
    give_up(node);
  }

  void run_same_shape(Node const& node) {
    auto const in = inputs_of(node);
    if (in.empty() || !std::all_of(in.begin(), in.end(), [](auto const& v) { return v.has_value(); })) {
      give_up(node);
      return;
    }
    std::string name = node.kind().toQualString();
    if (name.ends_with('_')) name.pop_back();  // in place
    emit(std::move(name), {}, in);
    set(node, {in[0]});
  }

  void run_group(Node const& node) {
    auto const& inside = *node.g(c10::attr::Subgraph);
    bool const around = fused_;
    fused_ = true;
    run(inside, inputs_of(node));
    fused_ = around;
    pass_outputs(node, inside);
  }

  void run_broadcast(Node const& node) {
    auto const in = inputs_of(node);
    std::vector<maybe_value> outputs;
    try {
      std::vector<at::Tensor> tensors;
      for (auto const& v : in) tensors.push_back(v.value().toTensor());
      for (auto const& t : at::expand_outplace(tensors))
        outputs.emplace_back(shape_alone(t.sizes(), t.scalar_type()));
    } catch (std::exception const&) {
      outputs.clear();
    }
    set(node, outputs);
  }

  script_work& work_;
  std::unordered_map<Value const*, maybe_value> values_;
  bool fused_ = false;
};

}  // namespace

script_work work_of(Graph const& graph, c10::ArrayRef<IValue> inputs) {
  apart const quiet;
  script_work work;
  std::vector<maybe_value> shapes;
  for (auto const& v : inputs) shapes.push_back(without_values(v));
  walk(work).run(graph, shapes);
  return work;
}

}  // namespace flopwatch::torch_layer
