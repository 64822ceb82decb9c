// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules.hpp"

#include <map>
#include <pybind11/stl.h>
#include <utility>

#include "flopwatch/error.hpp"
#include "native.hpp"
#include "rules/thop/elementwise.hpp"
#include "rules/thop/products.hpp"
#include "rules/thop/recurrent.hpp"
#include "scope/formula_call.hpp"
#include "tensors.hpp"

namespace flopwatch::python {
namespace {

namespace py = pybind11;
using numbers = std::vector<std::int64_t>;
using amount_function = std::function<std::int64_t(module_call const&)>;

struct maker {
  std::size_t least_numbers;
  std::size_t most_numbers;
  amount_function (*make)(numbers const&);
};

thop::recurrent_cell cell_of(thop::recurrent_kind kind, numbers const& n) {
  return {.kind = kind, .input_size = n[0], .hidden_size = n[1], .bias = n[2] != 0};
}

template <thop::recurrent_kind Kind>
amount_function make_cell(numbers const& n) {
  return [cell = cell_of(Kind, n)](module_call const& c) { return thop::cell_macs(c, cell); };
}

template <thop::recurrent_kind Kind>
amount_function make_layers(numbers const& n) {
  thop::recurrent_layers const stack{.first = cell_of(Kind, n), .layers = n[3], .bidirectional = n[4] != 0};
  return [stack](module_call const& c) { return thop::recurrent_macs(c, stack); };
}

amount_function make_convolution(numbers const& n) {
  return [groups = n[0], kernel = numbers(n.begin() + 1, n.end())](module_call const& c) {
    return thop::convolution_macs(c, kernel, groups);
  };
}

std::map<std::string, maker> const& makers() {
  using thop::recurrent_kind;
  static std::map<std::string, maker> const all{
      {"convolution", {1, 4, &make_convolution}},
      {"linear",
       {1, 1,
        [](numbers const& n) -> amount_function {
          return [features = n[0]](module_call const& c) { return thop::linear_macs(c, features); };
        }}},
      {"zero",
       {0, 0,
        [](numbers const&) -> amount_function {
          return [](module_call const&) { return thop::no_macs(); };
        }}},
      {"normalization",
       {1, 1,
        [](numbers const& n) -> amount_function {
          return [affine = n[0] != 0](module_call const& c) {
            return thop::normalization_operations(c, affine);
          };
        }}},
      {"prelu", {0, 0, [](numbers const&) -> amount_function { return &thop::prelu_operations; }}},
      {"softmax",
       {1, 1,
        [](numbers const& n) -> amount_function {
          return [dim = n[0]](module_call const& c) { return thop::softmax_operations(c, dim); };
        }}},
      {"average_pool",
       {0, 0, [](numbers const&) -> amount_function { return &thop::average_pool_operations; }}},
      {"adaptive_average_pool",
       {0, 0, [](numbers const&) -> amount_function { return &thop::adaptive_average_pool_operations; }}},
      {"upsample",
       {1, 1,
        [](numbers const& n) -> amount_function {
          auto const mode = static_cast<thop::upsample_mode>(n[0]);
          return [mode](module_call const& c) { return thop::upsample_operations(c, mode); };
        }}},
      {"rnn_cell", {3, 3, &make_cell<recurrent_kind::rnn>}},
      {"gru_cell", {3, 3, &make_cell<recurrent_kind::gru>}},
      {"lstm_cell", {3, 3, &make_cell<recurrent_kind::lstm>}},
      {"rnn", {5, 5, &make_layers<recurrent_kind::rnn>}},
      {"gru", {5, 5, &make_layers<recurrent_kind::gru>}},
      {"lstm", {5, 5, &make_layers<recurrent_kind::lstm>}},
  };
  return all;
}

std::int64_t amount_of(thop_rule const& rule, py::handle args, py::handle output) {
  std::vector<std::int64_t> words;
  if (!call_words(args, output, words)) throw rule_error("the shapes of the call cannot be read");
  return rule.amount(detail::decode_call(rule.kind, words));
}

}  // namespace

thop_rule make_thop_rule(std::string kind, numbers n) {
  auto const found = makers().find(kind);
  if (found == makers().end()) throw usage_error("there is no rule of thop called " + kind);
  if (n.size() < found->second.least_numbers || n.size() > found->second.most_numbers) {
    throw usage_error("the rule " + kind + " of thop was given " + std::to_string(n.size()) + " numbers");
  }
  auto amount = found->second.make(n);
  return {std::move(kind), std::move(n), std::move(amount)};
}

void bind_rules(py::module_& m) {
  py::class_<thop_rule>(m, "ThopRule")
      .def(py::init(&make_thop_rule), py::arg("kind"), py::arg("numbers"))
      .def_readonly("kind", &thop_rule::kind)
      .def_readonly("numbers", &thop_rule::numbers)
      .def("amount", &amount_of, py::arg("args"), py::arg("output"),
           "What one call adds: MACs or operations, by the rule's family.");
}

}  // namespace flopwatch::python
