// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "audit/wide.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "flopwatch/checked.hpp"
#include "text/printable.hpp"

namespace flopwatch::audits {
namespace {

[[noreturn]] void refuse_decimal(std::string_view text) {
  throw usage_error(
      fmt::format("'{}' is no number to audit: give a whole number of FLOPs of 0 or more, with "
                  "K, M, G, T, P, E, Z or Y perhaps, like 4.1G",
                  text::printable(text)));
}

}  // namespace

audit_flops add(audit_flops a, audit_flops b) {
  audit_flops r = 0;
  if (__builtin_add_overflow(a, b, &r)) throw overflow_error();
  return r;
}

audit_flops sub(audit_flops a, audit_flops b) {
  audit_flops r = 0;
  if (__builtin_sub_overflow(a, b, &r)) throw overflow_error();
  return r;
}

audit_flops mul(audit_flops a, audit_flops b) {
  audit_flops r = 0;
  if (__builtin_mul_overflow(a, b, &r)) throw overflow_error();
  return r;
}

std::string digits(audit_flops n) {
  std::string out;
  bool const negative = n < 0;
  do {
    auto const digit = static_cast<int>(n % 10);
    out += static_cast<char>('0' + (digit < 0 ? -digit : digit));
    n /= 10;
  } while (n != 0);
  if (negative) out += '-';
  std::reverse(out.begin(), out.end());
  return out;
}

std::string grouped_digits(audit_flops n, bool sign) {
  auto out = digits(n);
  std::size_t const first = n < 0 ? 1 : 0;
  for (std::size_t at = out.size(); at > first + 3;) {
    at -= 3;
    out.insert(at, 1, ',');
  }
  return sign && n > 0 ? "+" + out : out;
}

decimal parse_decimal(std::string_view text, int exponent) {
  decimal out;
  bool point = false;
  bool any = false;
  int after = 0;
  for (char const c : text) {
    if (c == '.' && !point) {
      point = true;
    } else if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
      out.value = add(mul(out.value, 10), c - '0');
      any = true;
      after += point ? 1 : 0;
    } else if (c != ',' && c != '_') {
      refuse_decimal(text);
    }
  }
  if (!any || after > exponent) refuse_decimal(text);
  audit_flops unit = 1;
  for (int i = after; i < exponent; ++i) unit = mul(unit, 10);
  out.value = mul(out.value, unit);
  out.half_unit = exponent == 0 ? 0 : (unit + 1) / 2;
  return out;
}

}  // namespace flopwatch::audits
