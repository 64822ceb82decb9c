// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "flopwatch/operator_rule.hpp"

/// \file
/// Number formats: the precision of their arithmetic, how they combine, the FLOPs of one operation.

namespace flopwatch::operator_rules {

[[nodiscard]] precision precision_of(scalar_type t) noexcept;
/// Real and complex formats; the arithmetic of all others counts 0 FLOPs.
[[nodiscard]] bool is_floating(scalar_type t) noexcept;
[[nodiscard]] bool is_complex(scalar_type t) noexcept;

/// The format in which two tensors are computed, as the framework promotes them.
[[nodiscard]] scalar_type promote(scalar_type a, scalar_type b) noexcept;

/// Integers become the default real format, as in sqrt or true division.
[[nodiscard]] scalar_type as_real(scalar_type t) noexcept;

/// The format of a framework's `dtype` number.
[[nodiscard]] scalar_type parse_scalar_type(std::int64_t number) noexcept;

/// FLOPs of the parts of a call that are not products: adds (2 each for complex numbers), multiplies
/// (6 each), and functions, which have no count for complex formats.
struct other_parts {
  std::int64_t adds = 0;
  std::int64_t multiplies = 0;
  std::int64_t functions = 0;
};

/// \throws rule_error for an unknown format, or for functions of complex numbers; overflow_error
[[nodiscard]] std::int64_t other_flops(scalar_type t, other_parts const& parts);
[[nodiscard]] operator_work other_work(scalar_type t, other_parts const& parts);

/// `products` real or complex multiply-adds (a complex one counts four), and the other arithmetic of the
/// call.
[[nodiscard]] operator_work product_work(scalar_type t, std::int64_t products, other_parts const& parts = {});

}  // namespace flopwatch::operator_rules
