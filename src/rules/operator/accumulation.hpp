// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "rules/operator/numbers.hpp"

namespace flopwatch::operator_rules {

/// beta * self + alpha * product over `elements` of the result: the arithmetic besides the product. `beta`,
/// `alpha`: positions. \throws rule_error where one of them is None
[[nodiscard]] other_parts accumulation(operator_call const& call, std::size_t beta, std::size_t alpha,
                                       std::int64_t elements);

}  // namespace flopwatch::operator_rules
