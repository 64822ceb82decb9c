// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/operator/recurrent_cell.hpp"

#include "flopwatch/checked.hpp"
#include "rules/operator/arguments.hpp"
#include "rules/operator/numbers.hpp"
#include "rules/operator/operator_table.hpp"

namespace flopwatch::operator_rules {

cell_kind parse_cell_kind(std::int64_t mode) {
  if (mode < 0 || mode > 3) throw rule_error("the kind of the recurrent cell is unknown");
  return static_cast<cell_kind>(mode);
}

std::int64_t gates_of(cell_kind kind) noexcept {
  switch (kind) {
    case cell_kind::lstm:
      return 4;
    case cell_kind::gru:
      return 3;
    case cell_kind::rnn_relu:
    case cell_kind::rnn_tanh:
      break;
  }
  return 1;
}

std::int64_t pointwise_flops(cell_kind kind) noexcept {
  switch (kind) {
    case cell_kind::lstm:
      return 9;
    case cell_kind::gru:
      return 7;
    case cell_kind::rnn_tanh:
      return 1;
    case cell_kind::rnn_relu:
      break;
  }
  return 0;
}

std::int64_t pointwise_backward_flops(cell_kind kind) noexcept {
  switch (kind) {
    case cell_kind::lstm:
      return 23;
    case cell_kind::gru:
      return 16;
    case cell_kind::rnn_tanh:
      return 3;
    case cell_kind::rnn_relu:
      break;
  }
  return 0;
}

namespace {

/// One step: input [B,I] or [I] with w_ih [G,I] and w_hh [G,H].
operator_work cell(operator_call const& call, cell_kind kind) {
  auto const& input = dense_at(call, 0);
  auto const& w_ih = dense_at(call, 2);
  auto const& w_hh = dense_at(call, 3);
  if (input.rank() < 1 || input.rank() > 2 || w_ih.rank() != 2 || w_hh.rank() != 2) {
    throw rule_error("an operand of the recurrent cell has the wrong rank");
  }
  if (size_of(input, -1) != size_of(w_ih, 1)) throw rule_error("the inner sizes of the product differ");
  auto const rows = input.rank() == 2 ? size_of(input, 0) : 1;
  auto const gates = size_of(w_ih, 0);
  std::int64_t adds = 1;
  for (std::size_t const bias : {4U, 5U}) adds += optional_tensor_at(call, bias) != nullptr ? 1 : 0;
  auto const macs = checked_mul(rows, checked_add(w_ih.elements(), w_hh.elements()));
  auto const hidden = gates / gates_of(kind);
  return product_work(input.dtype, macs,
                      {.adds = checked_product({adds, rows, gates}),
                       .functions = checked_product({rows, hidden, pointwise_flops(kind)})});
}

/// The products of the gates are the input: their sum, the biases and the rest of the step.
operator_work fused_cell(operator_call const& call, cell_kind kind) {
  auto const& gates = dense_at(call, 0);
  (void)dense_at(call, 1);
  std::int64_t adds = 1;
  for (std::size_t const bias : {3U, 4U}) adds += optional_tensor_at(call, bias) != nullptr ? 1 : 0;
  auto const hidden = gates.elements() / gates_of(kind);
  return other_work(gates.dtype, {.adds = checked_mul(adds, gates.elements()),
                                  .functions = checked_mul(hidden, pointwise_flops(kind))});
}

/// `sums`: how many bias gradients are summed over the batch, if there are biases.
operator_work fused_backward(tensor_arg const& hidden, bool biased, cell_kind kind, std::int64_t sums) {
  auto const elements = hidden.elements();
  std::int64_t adds = 0;
  if (biased && elements != 0) {
    auto const width = size_of(hidden, -1);
    adds = checked_product({sums, gates_of(kind), elements - width});
  }
  return other_work(hidden.dtype,
                    {.adds = adds, .functions = checked_mul(elements, pointwise_backward_flops(kind))});
}

}  // namespace

void add_recurrent_cell_rules(operator_table& table) {
  auto const cells = [&](char const* names, cell_kind kind) {
    table.counted(names, arithmetic::multiply_add,
                  [kind](operator_call const& call) { return cell(call, kind); });
  };
  cells("lstm_cell", cell_kind::lstm);
  cells("gru_cell", cell_kind::gru);
  cells("rnn_tanh_cell", cell_kind::rnn_tanh);
  cells("rnn_relu_cell", cell_kind::rnn_relu);
  table.counted("_thnn_fused_lstm_cell", arithmetic::other,
                [](operator_call const& call) { return fused_cell(call, cell_kind::lstm); });
  table.counted("_thnn_fused_gru_cell", arithmetic::other,
                [](operator_call const& call) { return fused_cell(call, cell_kind::gru); });
  // The gradients of both biases of an LSTM are the same sum.
  table.counted("_thnn_fused_lstm_cell_backward_impl", arithmetic::other, [](operator_call const& call) {
    return fused_backward(dense_at(call, 2), boolean_at(call, 5), cell_kind::lstm, 1);
  });
  table.counted("_thnn_fused_gru_cell_backward", arithmetic::other, [](operator_call const& call) {
    return fused_backward(dense_at(call, 0), boolean_at(call, 2), cell_kind::gru, 2);
  });
}

}  // namespace flopwatch::operator_rules
