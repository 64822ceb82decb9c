// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <pybind11/pybind11.h>

#include "flopwatch/module_rule.hpp"

namespace flopwatch::python {

/// The amount of each call of one module.
using rule_amount = std::function<std::int64_t(module_call const&)>;

/// One of the baseline's rules, which several module types can share.
struct thop_rule {
  char const* name;  ///< "convolution"

  /// Reads from the module what the rule needs, as it is now.
  /// \throws what reading an attribute raises; a TypeError or OverflowError for one that is no whole number
  /// of 64 bits
  rule_amount (*of)(pybind11::handle module);
};

/// Of convolution, linear, zero, normalization, prelu, softmax, average_pool, adaptive_average_pool,
/// upsample, rnn_cell, gru_cell, lstm_cell, rnn, gru, lstm. \throws usage_error for another name
[[nodiscard]] thop_rule const& find_thop_rule(std::string const& name);

}  // namespace flopwatch::python
