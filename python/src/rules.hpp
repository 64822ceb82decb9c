// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "flopwatch/module_rule.hpp"

namespace flopwatch::python {

/// One of the baseline's rules, with the numbers that it reads from the module.
struct thop_rule {
  std::string kind;                   ///< "linear"
  std::vector<std::int64_t> numbers;  ///< as `make_thop_rule` takes them
  std::function<std::int64_t(module_call const&)> amount;
};

/// `kind` and its numbers: convolution (groups, kernel sizes...), linear (in_features), zero, normalization
/// (learned scale: 0 or 1), prelu, softmax (dim), average_pool, adaptive_average_pool, upsample (mode, as
/// thop::upsample_mode), rnn_cell, gru_cell, lstm_cell (input size, hidden size, bias), rnn, gru, lstm
/// (input size, hidden size, bias, layers, bidirectional).
/// \throws usage_error for another kind, or another number of numbers
[[nodiscard]] thop_rule make_thop_rule(std::string kind, std::vector<std::int64_t> numbers);

}  // namespace flopwatch::python
