// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <span>

#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operator_table.hpp"
#include "rules/operator/recurrent_cell.hpp"

namespace flopwatch::operator_rules {
namespace {

/// One call over a whole sequence. Every row (one step of one sequence) is multiplied with every weight once,
/// so packed sequences are exact, too.
struct sequence {
  scalar_type dtype = scalar_type::f32;
  std::int64_t rows = 0;
  cell_kind kind = cell_kind::lstm;
  std::int64_t weights = 0;  ///< elements of all weight matrices
  std::int64_t biases = 0;   ///< elements of all biases
  std::int64_t gates = 0;    ///< summed over layers and directions
};

std::int64_t rows_of(tensor_arg const& input, bool packed) {
  auto const dims = packed ? 1U : 2U;
  if (input.sizes.size() != dims + 1)
    throw rule_error("the input of the recurrent operator has the wrong rank");
  return checked_product(std::span(input.sizes).first(dims));
}

/// The order of the weights is w_ih, w_hh, then biases (one-dimensional), then a projection, for each layer
/// and direction.
void add_parameters(sequence& s, std::vector<tensor_arg> const& parameters, std::size_t per_cell) {
  if (per_cell == 0 || parameters.empty() || parameters.size() % per_cell != 0) {
    throw rule_error("the recurrent operator has the wrong number of weights");
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    auto const& p = parameters[i];
    if (!p.defined) throw rule_error("a weight of the recurrent operator is undefined");
    auto& sum = p.rank() == 1 ? s.biases : s.weights;
    sum = checked_add(sum, p.elements());
    if (i % per_cell == 0) s.gates = checked_add(s.gates, size_of(p, 0));
  }
}

operator_work forward(sequence const& s) {
  auto const hidden = s.gates / gates_of(s.kind);
  return product_work(s.dtype, checked_mul(s.rows, s.weights),
                      {.adds = checked_mul(s.rows, checked_add(s.gates, s.biases)),
                       .functions = checked_product({s.rows, hidden, pointwise_flops(s.kind)})});
}

/// The gradient of the inputs is one product of the forward's size, that of the weights another.
operator_work backward(sequence const& s, bool of_weights) {
  auto const hidden = s.gates / gates_of(s.kind);
  auto const products = checked_product({of_weights ? 2 : 1, s.rows, s.weights});
  std::int64_t const adds = of_weights && s.rows != 0 ? checked_mul(s.rows - 1, s.biases) : 0;
  return product_work(
      s.dtype, products,
      {.adds = adds, .functions = checked_product({s.rows, hidden, pointwise_backward_flops(s.kind)})});
}

/// lstm, gru, rnn_tanh, rnn_relu. "input": (input, hx, params, has_biases, ...);
/// "data": (data, batch_sizes, hx, params, has_biases, ...).
operator_work whole_sequence(operator_call const& call, cell_kind kind) {
  bool const packed = call.overload == "data";
  auto const params = static_cast<std::size_t>(packed ? 3 : 2);
  auto const& input = dense_at(call, 0);
  sequence s{.dtype = input.dtype, .rows = rows_of(input, packed), .kind = kind};
  auto const& parameters = tensors_at(call, params);
  auto const cells = checked_mul(integer_at(call, params + 2), boolean_at(call, params + 5) ? 2 : 1);
  if (cells <= 0) throw rule_error("the recurrent operator has no layers");
  add_parameters(s, parameters, parameters.size() / static_cast<std::size_t>(cells));
  return forward(s);
}

/// (input, weight list, weight_stride0, [weight_buf], hx, cx, mode, hidden_size, ...)
operator_work library_sequence(operator_call const& call, std::size_t mode, std::size_t batch_sizes) {
  auto const& input = dense_at(call, 0);
  sequence s{.dtype = input.dtype,
             .rows = rows_of(input, !integers_at(call, batch_sizes).empty()),
             .kind = parse_cell_kind(integer_at(call, mode))};
  auto const per_cell = integer_at(call, 2);
  add_parameters(s, tensors_at(call, 1), per_cell < 0 ? 0 : static_cast<std::size_t>(per_cell));
  return forward(s);
}

operator_work library_backward(operator_call const& call, std::size_t batch_sizes, std::size_t output_mask) {
  auto const& input = dense_at(call, 0);
  sequence s{.dtype = input.dtype,
             .rows = rows_of(input, !integers_at(call, batch_sizes).empty()),
             .kind = parse_cell_kind(integer_at(call, 10))};
  auto const per_cell = integer_at(call, 2);
  add_parameters(s, tensors_at(call, 1), per_cell < 0 ? 0 : static_cast<std::size_t>(per_cell));
  return backward(s, integers_at(call, output_mask, 4)[3] != 0);
}

/// Gradients, states and results come before input (5) and parameters (8): always all gradients.
operator_work mps_lstm_backward(operator_call const& call) {
  auto const& input = dense_at(call, 5);
  sequence s{.dtype = input.dtype, .rows = rows_of(input, false), .kind = cell_kind::lstm};
  auto const& parameters = tensors_at(call, 8);
  auto const cells = checked_mul(integer_at(call, 10), boolean_at(call, 13) ? 2 : 1);
  if (cells <= 0) throw rule_error("the recurrent operator has no layers");
  add_parameters(s, parameters, parameters.size() / static_cast<std::size_t>(cells));
  return backward(s, true);
}

/// One layer in one direction: (input, w_ih, w_hh, b_ih, b_hh, ...). The matrices may be in oneDNN's own
/// order of dimensions, so the gates come from `hidden_size`.
sequence mkldnn_layer(operator_call const& call, std::size_t mode, std::size_t biased) {
  auto const& input = dense_at(call, 0);
  sequence s{
      .dtype = input.dtype, .rows = rows_of(input, false), .kind = parse_cell_kind(integer_at(call, mode))};
  s.weights = checked_add(dense_at(call, 1).elements(), dense_at(call, 2).elements());
  s.gates = checked_mul(gates_of(s.kind), integer_at(call, mode + 1));
  if (boolean_at(call, biased)) s.biases = checked_mul(s.gates, 2);
  return s;
}

}  // namespace

void add_recurrent_rules(operator_table& table) {
  constexpr auto kind = arithmetic::multiply_add;
  auto const sequences = [&](char const* name, cell_kind cell) {
    table.counted(name, kind, [cell](operator_call const& call) { return whole_sequence(call, cell); });
  };
  sequences("lstm _lstm_mps", cell_kind::lstm);
  sequences("gru", cell_kind::gru);
  sequences("rnn_tanh", cell_kind::rnn_tanh);
  sequences("rnn_relu", cell_kind::rnn_relu);
  table.counted("_cudnn_rnn", kind, [](operator_call const& call) { return library_sequence(call, 6, 14); });
  table.counted("miopen_rnn", kind, [](operator_call const& call) { return library_sequence(call, 5, 12); });
  table.counted("_cudnn_rnn_backward", kind,
                [](operator_call const& call) { return library_backward(call, 18, 21); });
  table.counted("miopen_rnn_backward", kind,
                [](operator_call const& call) { return library_backward(call, 17, 20); });
  table.counted("lstm_mps_backward", kind, mps_lstm_backward);
  table.counted("mkldnn_rnn_layer", kind,
                [](operator_call const& call) { return forward(mkldnn_layer(call, 9, 12)); });
  table.counted("mkldnn_rnn_layer_backward", kind,
                [](operator_call const& call) { return backward(mkldnn_layer(call, 14, 17), true); });
}

}  // namespace flopwatch::operator_rules
