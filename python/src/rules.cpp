// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "attributes.hpp"
#include "flopwatch/error.hpp"
#include "native.hpp"
#include "recording/formula_call.hpp"
#include "rules/thop/elementwise.hpp"
#include "rules/thop/products.hpp"
#include "rules/thop/recurrent.hpp"
#include "tensors.hpp"

namespace flopwatch::python {
namespace {

namespace py = pybind11;

rule_amount convolution(py::handle module) {
  static attribute const groups_name("groups");
  static attribute const weight_name("weight");
  static attribute const parameters_name("_parameters");
  auto const groups = whole(groups_name.of(module));
  // By attribute it would go through Module.__getattr__.
  auto weight = weight_name.in(parameters_name.of(module));
  if (!weight || weight.is_none()) weight = weight_name.of(module);
  return [groups, kernel = sizes_after(weight, 2)](module_call const& call) {
    return thop::convolution_macs(call, kernel, groups);
  };
}

rule_amount linear(py::handle module) {
  static attribute const in_features_name("in_features");
  auto const in_features = whole(in_features_name.of(module));
  return [in_features](module_call const& call) { return thop::linear_macs(call, in_features); };
}

rule_amount zero(py::handle /*module*/) {
  return [](module_call const&) { return thop::no_macs(); };
}

rule_amount normalization(py::handle module) {
  static attribute const affine_name("affine");
  static attribute const elementwise_affine_name("elementwise_affine");
  bool const affine =
      is_true(affine_name.of_or_false(module)) || is_true(elementwise_affine_name.of_or_false(module));
  return [affine](module_call const& call) { return thop::normalization_operations(call, affine); };
}

rule_amount softmax(py::handle module) {
  static attribute const dim_name("dim");
  auto const dim = whole(dim_name.of(module));
  return [dim](module_call const& call) { return thop::softmax_operations(call, dim); };
}

thop::upsample_mode mode_of(py::handle module) {
  using enum thop::upsample_mode;
  static attribute const mode_name("mode");
  constexpr std::array<std::pair<char const*, thop::upsample_mode>, 4> modes{
      {{"nearest", nearest},
       {"linear", thop::upsample_mode::linear},
       {"bilinear", bilinear},
       {"bicubic", bicubic}}};
  auto const text = mode_name.of(module);
  for (auto const& [name, mode] : modes) {
    if (py::isinstance<py::str>(text) && PyUnicode_CompareWithASCIIString(text.ptr(), name) == 0) return mode;
  }
  return other;
}

rule_amount upsample(py::handle module) {
  return [mode = mode_of(module)](module_call const& call) { return thop::upsample_operations(call, mode); };
}

thop::recurrent_cell cell_of(thop::recurrent_kind kind, py::handle module) {
  static attribute const input_size("input_size");
  static attribute const hidden_size("hidden_size");
  static attribute const bias("bias");
  return {.kind = kind,
          .input_size = whole(input_size.of(module)),
          .hidden_size = whole(hidden_size.of(module)),
          .bias = is_true(bias.of(module))};
}

template <thop::recurrent_kind Kind>
rule_amount cell(py::handle module) {
  return [cell = cell_of(Kind, module)](module_call const& call) { return thop::cell_macs(call, cell); };
}

template <thop::recurrent_kind Kind>
rule_amount layers(py::handle module) {
  static attribute const num_layers("num_layers");
  static attribute const bidirectional("bidirectional");
  thop::recurrent_layers const stack{.first = cell_of(Kind, module),
                                     .layers = whole(num_layers.of(module)),
                                     .bidirectional = is_true(bidirectional.of(module))};
  return [stack](module_call const& call) { return thop::recurrent_macs(call, stack); };
}

/// A rule that reads nothing from the module.
template <std::int64_t (*Operations)(module_call const&)>
rule_amount by_call_alone(py::handle /*module*/) {
  return Operations;
}

constexpr std::array<thop_rule, 15> rules{{
    {"convolution", &convolution},
    {"linear", &linear},
    {"zero", &zero},
    {"normalization", &normalization},
    {"prelu", &by_call_alone<thop::prelu_operations>},
    {"softmax", &softmax},
    {"average_pool", &by_call_alone<thop::average_pool_operations>},
    {"adaptive_average_pool", &by_call_alone<thop::adaptive_average_pool_operations>},
    {"upsample", &upsample},
    {"rnn_cell", &cell<thop::recurrent_kind::rnn>},
    {"gru_cell", &cell<thop::recurrent_kind::gru>},
    {"lstm_cell", &cell<thop::recurrent_kind::lstm>},
    {"rnn", &layers<thop::recurrent_kind::rnn>},
    {"gru", &layers<thop::recurrent_kind::gru>},
    {"lstm", &layers<thop::recurrent_kind::lstm>},
}};

/// A rule and what it read from one module, for Python.
struct rule_of_module {
  char const* name;
  rule_amount amount;
};

rule_of_module make_rule(std::string const& name, py::handle module) {
  auto const& rule = find_thop_rule(name);
  return {rule.name, rule.of(module)};
}

std::int64_t amount_of(rule_of_module const& rule, py::handle args, py::handle output) {
  std::vector<std::int64_t> words;
  if (!call_words(args, output, words)) throw rule_error("the shapes of the call cannot be read");
  return rule.amount(detail::decode_call(rule.name, words));
}

}  // namespace

thop_rule const& find_thop_rule(std::string const& name) {
  auto const* const found =
      std::find_if(rules.begin(), rules.end(), [&](thop_rule const& rule) { return name == rule.name; });
  if (found == rules.end()) throw usage_error("there is no rule of thop called " + name);
  return *found;
}

void bind_rules(py::module_& m) {
  py::class_<rule_of_module>(m, "ThopRule")
      .def(py::init(&make_rule), py::arg("rule"), py::arg("module"))
      .def("amount", &amount_of, py::arg("args"), py::arg("output"),
           "What one call adds: MACs or operations, by the rule's unit.");
}

}  // namespace flopwatch::python
