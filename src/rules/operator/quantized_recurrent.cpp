// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <span>

#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operator_table.hpp"
#include "rules/operator/quantized.hpp"
#include "rules/operator/recurrent_cell.hpp"

/// \file
/// Recurrent layers with packed weights. Each product quantizes its input and scales its sums, as a dynamic
/// linear layer does; weights in half precision need neither.

namespace flopwatch::operator_rules {
namespace {

/// `matrices` in the order of the cells: that of the input, then that of the hidden state.
operator_work recurrent_work(tensor_arg const& input, std::int64_t rows,
                             std::vector<tensor_arg const*> const& matrices, bool biased, cell_kind kind) {
  if (matrices.empty() || matrices.size() % 2 != 0) throw rule_error("the packed weights are unknown");
  std::int64_t weights = 0;
  std::int64_t flops = 0;
  bool quantized = false;
  for (std::size_t i = 0; i < matrices.size(); ++i) {
    auto const& m = *matrices[i];
    weights = checked_add(weights, m.elements());
    quantized = m.dtype == scalar_type::quantized;
    flops = checked_add(flops, checked_mul(size_of(m, 0), (biased ? 1 : 0) + (quantized ? 1 : 0)));
    if (quantized) flops = checked_add(flops, checked_mul(size_of(m, 1), quantize_flops));
    if (i % 2 != 0) continue;
    auto const hidden = size_of(m, 0) / gates_of(kind);
    flops = checked_add(flops, checked_add(size_of(m, 0), checked_mul(hidden, pointwise_flops(kind))));
  }
  auto const macs = checked_mul(rows, weights);
  return {.amount = {macs, macs, checked_mul(rows, flops)},
          .precision = precision_of(quantized ? scalar_type::quantized : input.dtype)};
}

std::vector<tensor_arg const*> matrices_of(packed_arg const& packed) {
  std::vector<tensor_arg const*> found;
  for (auto const& t : packed.tensors) {
    if (t.defined && t.rank() == 2) found.push_back(&t);
  }
  return found;
}

/// "input": (input, hx, cells, has_biases, ...); "data": (data, batch_sizes, hx, cells, has_biases, ...).
operator_rule_function quantized_sequence(cell_kind kind) {
  return [kind](operator_call const& call) {
    bool const packed_rows = call.overload.starts_with("data");
    auto const& input = dense_at(call, 0);
    std::size_t const cells = packed_rows ? 3 : 2;
    std::size_t const leading = packed_rows ? 1 : 2;
    if (input.sizes.size() != leading + 1)
      throw rule_error("the input of the recurrent operator has the wrong rank");
    auto const rows = checked_product(std::span(input.sizes).first(leading));
    return recurrent_work(input, rows, matrices_of(packed_at(call, cells)), boolean_at(call, cells + 1),
                          kind);
  };
}

/// (input, hx, w_ih, w_hh, b_ih, b_hh): one step.
operator_rule_function quantized_cell(cell_kind kind) {
  return [kind](operator_call const& call) {
    auto const& input = dense_at(call, 0);
    if (input.rank() < 1 || input.rank() > 2) throw rule_error("the input of the cell has the wrong rank");
    auto matrices = matrices_of(packed_at(call, 2));
    for (auto const* m : matrices_of(packed_at(call, 3))) matrices.push_back(m);
    auto const rows = input.rank() == 2 ? size_of(input, 0) : 1;
    return recurrent_work(input, rows, matrices, given(call, 4) != 0, kind);
  };
}

}  // namespace

void add_quantized_recurrent_rules(operator_table& table) {
  constexpr auto kind = arithmetic::multiply_add;
  table.counted("quantized_lstm", kind, quantized_sequence(cell_kind::lstm));
  table.counted("quantized_gru", kind, quantized_sequence(cell_kind::gru));
  table.counted("quantized::quantized_lstm_cell_dynamic", kind, quantized_cell(cell_kind::lstm));
  table.counted("quantized::quantized_gru_cell_dynamic", kind, quantized_cell(cell_kind::gru));
  table.counted("quantized::quantized_rnn_tanh_cell_dynamic", kind, quantized_cell(cell_kind::rnn_tanh));
  table.counted("quantized::quantized_rnn_relu_cell_dynamic", kind, quantized_cell(cell_kind::rnn_relu));
}

}  // namespace flopwatch::operator_rules
