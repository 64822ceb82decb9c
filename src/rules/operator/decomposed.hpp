// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flopwatch/operator_rule.hpp"

namespace flopwatch::operator_rules {

/// A matrix product that a compiler took apart into an elementwise multiplication and a sum: the two factors
/// as they are multiplied, broadcast against each other. One MAC for each element of their product. \throws
/// rule_error for factors that do not broadcast, overflow_error
[[nodiscard]] operator_work decomposed_product(operator_call const& call);

}  // namespace flopwatch::operator_rules
