// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "flopwatch/operator_rule.hpp"

namespace flopwatch::operator_rules {

/// In the numbering of the framework's cuDNN and oneDNN operators.
enum class cell_kind : std::int64_t { rnn_relu = 0, rnn_tanh = 1, lstm = 2, gru = 3 };

/// \throws rule_error for any other number
[[nodiscard]] cell_kind parse_cell_kind(std::int64_t mode);

/// Gates of one cell: rows of its weights for each hidden element.
[[nodiscard]] std::int64_t gates_of(cell_kind kind) noexcept;

/// FLOPs of one hidden element in one step, after the gates' sums:
/// LSTM 9 (three sigmoids, tanh; f*c + i*g; tanh, product), GRU 7 (two sigmoids, tanh; r*h; n + z*(h - n)),
/// tanh 1, ReLU 0.
[[nodiscard]] std::int64_t pointwise_flops(cell_kind kind) noexcept;

/// The same for the backward pass: LSTM 23, GRU 16, tanh 3, ReLU 0.
[[nodiscard]] std::int64_t pointwise_backward_flops(cell_kind kind) noexcept;

}  // namespace flopwatch::operator_rules
