// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "flopwatch/module_rule.hpp"

/// \file
/// The rules of thop 0.1.1 for recurrent cells and layers. In thop's totals they are MACs, but they include
/// bias additions and gate products as single operations. All throw `rule_error` for a call without the
/// tensors that they read, `overflow_error` for a count beyond 64 bits.

namespace flopwatch::thop {

enum class recurrent_kind : std::uint8_t { rnn, gru, lstm };

struct recurrent_cell {
  recurrent_kind kind = recurrent_kind::rnn;
  std::int64_t input_size = 0;
  std::int64_t hidden_size = 0;
  bool bias = true;
};

/// One step of one sequence.
[[nodiscard]] std::int64_t step_macs(recurrent_cell const& cell);

/// RNNCell, GRUCell, LSTMCell. The batch is dimension 0 of the input, even if an input without batch has its
/// features there.
[[nodiscard]] std::int64_t cell_macs(module_call const& call, recurrent_cell const& cell);

struct recurrent_layers {
  recurrent_cell first;  ///< cell of the first layer; later ones read the hidden state of the one below
  std::int64_t layers = 1;
  bool bidirectional = false;
};

/// RNN, GRU, LSTM. thop's results are reproduced, right or wrong:
/// - batch and steps are dimensions 0 and 1 of the input (`batch_first` only swaps them, which leaves
///   their product), even if an input without batch has its features there;
/// - every sequence of a packed input counts as long as the longest one;
/// - the projection of an LSTM is left out, so its recurrent width is the hidden size.
[[nodiscard]] std::int64_t recurrent_macs(module_call const& call, recurrent_layers const& stack);

}  // namespace flopwatch::thop
