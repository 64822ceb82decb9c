// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "flopwatch/audit.hpp"

/// \file
/// Arithmetic of audit_flops that throws `overflow_error` instead of wrapping around.

namespace flopwatch::audits {

[[nodiscard]] audit_flops add(audit_flops a, audit_flops b);
[[nodiscard]] audit_flops sub(audit_flops a, audit_flops b);
[[nodiscard]] audit_flops mul(audit_flops a, audit_flops b);

/// "-1234"
[[nodiscard]] std::string digits(audit_flops n);
/// "-1,234"; with `sign` also "+1,234".
[[nodiscard]] std::string grouped_digits(audit_flops n, bool sign = false);

/// The number that a decimal text like "4.1" times ten to the power of `exponent` is, if that is whole.
struct decimal {
  audit_flops value = 0;
  audit_flops half_unit = 0;  ///< half of a unit in its last digit, rounded up; 0 for a text without a prefix
};
/// "4.1", exponent 9. \throws usage_error where it is no such number, below 0 or not whole
[[nodiscard]] decimal parse_decimal(std::string_view text, int exponent);

}  // namespace flopwatch::audits
