// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "flopwatch/operator_rule.hpp"

namespace flopwatch::operator_rules {

/// One call of an average pooling.
struct pooling_windows {
  std::int64_t outputs = 0;  ///< elements of the result
  std::int64_t inside = 0;   ///< input elements under all windows together, without padding
};

struct pooling_parameters {
  std::vector<std::int64_t> kernel = {}, stride = {}, padding = {};
  bool ceil_mode = false;
};

/// The last `kernel.size()` dimensions are pooled.
[[nodiscard]] pooling_windows windows_of(tensor_arg const& input, pooling_parameters const& p);
/// Windows from floor(o in / out) to ceil((o + 1) in / out).
[[nodiscard]] pooling_windows adaptive_windows_of(tensor_arg const& input,
                                                  std::span<std::int64_t const> output_size);

}  // namespace flopwatch::operator_rules
