// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "comparison/context.hpp"
#include "comparison/row_products.hpp"
#include "flopwatch/comparison.hpp"

namespace flopwatch::comparison_detail {

/// A module whose rule was asked, in the formula's own forward, about calls that the recorded forward did not
/// make: `not_called_fused` if the row above did its work, otherwise `rule_sees_more_calls`. nullopt unless
/// these calls alone explain why the rule's result differs from what ran (both in MACs).
[[nodiscard]] std::optional<verdict> calls_not_made(context const& c, std::size_t row, std::int64_t rule_macs,
                                                    std::int64_t operator_macs);

/// For a row without a difference that was not called because of a fused path: where its work is. Amount 0.
[[nodiscard]] verdict work_stands_above(context const& c, std::size_t row);

/// A further sentence: which rows below it did their work in this row's own products; "" if none did.
[[nodiscard]] std::string holds_fused(context const& c, row_products const& p);

}  // namespace flopwatch::comparison_detail
