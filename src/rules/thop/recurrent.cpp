// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/thop/recurrent.hpp"

#include "rules/thop/tensors.hpp"

namespace flopwatch::thop {

namespace {

/// One gate: both products, the activation, and two biases.
std::int64_t gate_macs(recurrent_cell const& cell) {
  auto const h = cell.hidden_size;
  auto const products = checked_mul(h, checked_add(cell.input_size, h));
  return checked_add(products, checked_mul(cell.bias ? 3 : 1, h));
}

}  // namespace

std::int64_t step_macs(recurrent_cell const& cell) {
  auto const gates = [&](std::int64_t count) { return checked_mul(count, gate_macs(cell)); };
  auto const state_update = checked_mul(4, cell.hidden_size);
  switch (cell.kind) {
    case recurrent_kind::rnn:
      return gates(1);
    case recurrent_kind::gru:
      return checked_add(gates(3), state_update);
    case recurrent_kind::lstm:
      return checked_add(gates(4), state_update);
  }
  throw rule_error("unknown kind of recurrent cell");
}

std::int64_t cell_macs(module_call const& call, recurrent_cell const& cell) {
  return checked_mul(step_macs(cell), size_of(first_input(call), 0));
}

std::int64_t recurrent_macs(module_call const& call, recurrent_layers const& stack) {
  auto const directions = stack.bidirectional ? 2 : 1;
  auto later = stack.first;
  later.input_size = checked_mul(directions, stack.first.hidden_size);
  auto const one_direction =
      checked_add(step_macs(stack.first), checked_mul(checked_sub(stack.layers, 1), step_macs(later)));
  auto const per_step = checked_mul(directions, one_direction);

  if (call.packed) return checked_product({per_step, call.packed->steps, call.packed->max_batch});
  auto const& in = first_input(call);
  return checked_product({per_step, size_of(in, 0), size_of(in, 1)});
}

}  // namespace flopwatch::thop
