// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <pybind11/pybind11.h>

#include "flopwatch/module_rule.hpp"

namespace flopwatch::python {

using rule_amount = std::function<std::int64_t(module_call const&)>;

/// One kind of the baseline's rules: what it reads from its module, and what it makes of that.
struct thop_kind {
  char const* name;                                            ///< "convolution"
  std::vector<std::int64_t> (*read)(pybind11::handle module);  ///< of rule_numbers; null: nothing
  rule_amount (*make)(std::vector<std::int64_t> const& numbers);
};

/// Of convolution, linear, zero, normalization, prelu, softmax, average_pool, adaptive_average_pool,
/// upsample, rnn_cell, gru_cell, lstm_cell, rnn, gru, lstm. \throws usage_error for another name
[[nodiscard]] thop_kind const& kind_of_rule(std::string const& name);

/// The amount of each call of `module`, by what the rule reads from it now.
/// \throws what rule_numbers throws
[[nodiscard]] rule_amount amount_by_rule(thop_kind const& kind, pybind11::handle module);

}  // namespace flopwatch::python
