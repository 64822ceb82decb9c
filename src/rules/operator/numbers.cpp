// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/operator/numbers.hpp"

#include <algorithm>
#include <array>

#include "flopwatch/checked.hpp"

namespace flopwatch::operator_rules {
namespace {

bool is_integral(scalar_type t) noexcept { return t >= scalar_type::i64 && t <= scalar_type::boolean; }

/// The larger real format wins; f16 and bf16 together need f32.
int width(scalar_type t) noexcept {
  switch (t) {
    case scalar_type::f64:
    case scalar_type::c128:
      return 4;
    case scalar_type::f32:
    case scalar_type::c64:
      return 3;
    case scalar_type::f16:
    case scalar_type::bf16:
    case scalar_type::c32:
      return 2;
    default:
      return 1;
  }
}

}  // namespace

precision precision_of(scalar_type t) noexcept {
  switch (t) {
    case scalar_type::f64:
    case scalar_type::c128:
      return precision::fp64;
    case scalar_type::f32:
    case scalar_type::c64:
      return precision::fp32;
    case scalar_type::f16:
    case scalar_type::c32:
      return precision::fp16;
    case scalar_type::bf16:
      return precision::bf16;
    case scalar_type::f8:
      return precision::fp8;
    case scalar_type::f4:
      return precision::fp4;
    case scalar_type::i8:
    case scalar_type::u8:
    case scalar_type::quantized:
      return precision::int8;
    case scalar_type::i64:
    case scalar_type::i32:
    case scalar_type::i16:
    case scalar_type::boolean:
      return precision::integer;
    case scalar_type::other:
      break;
  }
  return precision::unknown;
}

bool is_complex(scalar_type t) noexcept {
  return t == scalar_type::c64 || t == scalar_type::c128 || t == scalar_type::c32;
}

bool is_floating(scalar_type t) noexcept { return t <= scalar_type::f4 || is_complex(t); }

scalar_type promote(scalar_type a, scalar_type b) noexcept {
  if (a == b) return a;
  if (a == scalar_type::other || b == scalar_type::other) return scalar_type::other;
  if (a == scalar_type::quantized || b == scalar_type::quantized) return scalar_type::quantized;
  if (is_integral(a) && is_integral(b)) {
    if (a > b) std::swap(a, b);
    return a == scalar_type::i8 && b == scalar_type::u8 ? scalar_type::i16 : a;
  }
  if (is_integral(a)) return b;
  if (is_integral(b)) return a;
  if (is_complex(a) || is_complex(b)) {
    constexpr std::array by_width{scalar_type::c32, scalar_type::c32, scalar_type::c32, scalar_type::c64,
                                  scalar_type::c128};
    bool const bf16 = a == scalar_type::bf16 || b == scalar_type::bf16;
    return by_width[static_cast<std::size_t>(std::max({width(a), width(b), bf16 ? 3 : 0}))];
  }
  if (width(a) == width(b)) return width(a) == 2 ? scalar_type::f32 : a;
  return width(a) > width(b) ? a : b;
}

scalar_type as_real(scalar_type t) noexcept { return is_integral(t) ? scalar_type::f32 : t; }

scalar_type parse_scalar_type(std::int64_t number) noexcept {
  using enum scalar_type;
  constexpr std::array by_number{u8,  i8,  i16,  i32,     i64,       f16,       f32,       f64,
                                 c32, c64, c128, boolean, quantized, quantized, quantized, bf16};
  if (number >= 0 && number < static_cast<std::int64_t>(by_number.size())) {
    return by_number[static_cast<std::size_t>(number)];
  }
  if (number == 45) return f4;
  return (number >= 23 && number <= 26) || number == 44 ? f8 : other;
}

std::int64_t other_flops(scalar_type t, other_parts const& parts) {
  if (t == scalar_type::other) throw rule_error("the number format of the call is unknown");
  if (!is_floating(t)) return 0;
  if (!is_complex(t)) return checked_add(checked_add(parts.adds, parts.multiplies), parts.functions);
  if (parts.functions != 0) throw rule_error("a function of complex numbers has no generally accepted count");
  return checked_add(checked_mul(parts.adds, 2), checked_mul(parts.multiplies, 6));
}

operator_work other_work(scalar_type t, other_parts const& parts) {
  return {.amount = {.other_flops = other_flops(t, parts)}, .precision = precision_of(t)};
}

operator_work product_work(scalar_type t, std::int64_t products, other_parts const& parts) {
  auto const macs = checked_mul(products, is_complex(t) ? 4 : 1);
  return {.amount = {.macs = macs, .useful_macs = macs, .other_flops = other_flops(t, parts)},
          .precision = precision_of(t)};
}

}  // namespace flopwatch::operator_rules
