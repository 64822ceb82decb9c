// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "flopwatch/operator_rule.hpp"

namespace flopwatch::operator_rules {

inline constexpr std::string_view evenly_stored =
    "an estimate: as if the stored elements of both operands were spread evenly over the inner dimension";

/// [M,K] x [K,N], both sparse: a column of `a` and a row of `b` meet in stored(a) / K times stored(b) / K
/// products for each of the K, rounded.
[[nodiscard]] std::int64_t expected_macs(tensor_arg const& a, tensor_arg const& b);

}  // namespace flopwatch::operator_rules
