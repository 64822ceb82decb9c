// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "flopwatch/error.hpp"
#include "native.hpp"
#include "recording/formula_call.hpp"
#include "rule_numbers.hpp"
#include "rules/thop/elementwise.hpp"
#include "rules/thop/products.hpp"
#include "rules/thop/recurrent.hpp"
#include "tensors.hpp"

namespace flopwatch::python {
namespace {

namespace py = pybind11;
using numbers = std::vector<std::int64_t>;

thop::recurrent_cell cell_of(thop::recurrent_kind kind, numbers const& n) {
  return {.kind = kind, .input_size = n[0], .hidden_size = n[1], .bias = n[2] != 0};
}

template <thop::recurrent_kind Kind>
rule_amount make_cell(numbers const& n) {
  return [cell = cell_of(Kind, n)](module_call const& c) { return thop::cell_macs(c, cell); };
}

template <thop::recurrent_kind Kind>
rule_amount make_layers(numbers const& n) {
  thop::recurrent_layers const stack{.first = cell_of(Kind, n), .layers = n[3], .bidirectional = n[4] != 0};
  return [stack](module_call const& c) { return thop::recurrent_macs(c, stack); };
}

rule_amount make_convolution(numbers const& n) {
  return [groups = n[0], kernel = numbers(n.begin() + 1, n.end())](module_call const& c) {
    return thop::convolution_macs(c, kernel, groups);
  };
}

rule_amount make_linear(numbers const& n) {
  return [features = n[0]](module_call const& c) { return thop::linear_macs(c, features); };
}

rule_amount make_zero(numbers const& /*n*/) {
  return [](module_call const&) { return thop::no_macs(); };
}

rule_amount make_normalization(numbers const& n) {
  return [affine = n[0] != 0](module_call const& c) { return thop::normalization_operations(c, affine); };
}

rule_amount make_softmax(numbers const& n) {
  return [dim = n[0]](module_call const& c) { return thop::softmax_operations(c, dim); };
}

rule_amount make_upsample(numbers const& n) {
  auto const mode = static_cast<thop::upsample_mode>(n[0]);
  return [mode](module_call const& c) { return thop::upsample_operations(c, mode); };
}

template <std::int64_t (*Operations)(module_call const&)>
rule_amount make_plain(numbers const& /*n*/) {
  return Operations;
}

constexpr std::array<thop_kind, 15> kinds{{
    {"convolution", &rule_numbers::convolution, &make_convolution},
    {"linear", &rule_numbers::linear, &make_linear},
    {"zero", nullptr, &make_zero},
    {"normalization", &rule_numbers::normalization, &make_normalization},
    {"prelu", nullptr, &make_plain<thop::prelu_operations>},
    {"softmax", &rule_numbers::softmax, &make_softmax},
    {"average_pool", nullptr, &make_plain<thop::average_pool_operations>},
    {"adaptive_average_pool", nullptr, &make_plain<thop::adaptive_average_pool_operations>},
    {"upsample", &rule_numbers::upsample, &make_upsample},
    {"rnn_cell", &rule_numbers::cell, &make_cell<thop::recurrent_kind::rnn>},
    {"gru_cell", &rule_numbers::cell, &make_cell<thop::recurrent_kind::gru>},
    {"lstm_cell", &rule_numbers::cell, &make_cell<thop::recurrent_kind::lstm>},
    {"rnn", &rule_numbers::layers, &make_layers<thop::recurrent_kind::rnn>},
    {"gru", &rule_numbers::layers, &make_layers<thop::recurrent_kind::gru>},
    {"lstm", &rule_numbers::layers, &make_layers<thop::recurrent_kind::lstm>},
}};

/// A rule with the numbers of one module, for Python.
struct module_rule {
  thop_kind const* kind;
  rule_amount amount;
};

module_rule make_rule(std::string const& kind, py::handle module) {
  auto const& k = kind_of_rule(kind);
  return {&k, amount_by_rule(k, module)};
}

std::int64_t amount_of(module_rule const& rule, py::handle args, py::handle output) {
  std::vector<std::int64_t> words;
  if (!call_words(args, output, words)) throw rule_error("the shapes of the call cannot be read");
  return rule.amount(detail::decode_call(rule.kind->name, words));
}

}  // namespace

thop_kind const& kind_of_rule(std::string const& name) {
  auto const found =
      std::find_if(kinds.begin(), kinds.end(), [&](thop_kind const& k) { return name == k.name; });
  if (found == kinds.end()) throw usage_error("there is no rule of thop called " + name);
  return *found;
}

rule_amount amount_by_rule(thop_kind const& kind, py::handle module) {
  return kind.make(kind.read == nullptr ? numbers() : kind.read(module));
}

void bind_rules(py::module_& m) {
  py::class_<module_rule>(m, "ThopRule")
      .def(py::init(&make_rule), py::arg("kind"), py::arg("module"))
      .def("amount", &amount_of, py::arg("args"), py::arg("output"),
           "What one call adds: MACs or operations, by the rule's family.");
}

}  // namespace flopwatch::python
