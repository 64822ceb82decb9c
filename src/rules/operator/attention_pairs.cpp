// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/operator/attention_pairs.hpp"

#include <algorithm>

#include "flopwatch/checked.hpp"

namespace flopwatch::operator_rules {
namespace {

/// 1 + 2 + ... + n
std::int64_t triangle(std::int64_t n) {
  return n % 2 == 0 ? checked_mul(n / 2, n + 1) : checked_mul(n, n / 2 + 1);
}

/// Sum of min(t, keys) over t = 1 .. last.
std::int64_t ramp(std::int64_t last, std::int64_t keys) {
  if (last <= 0) return 0;
  if (last <= keys) return triangle(last);
  return checked_add(triangle(keys), checked_mul(last - keys, keys));
}

/// Sum over the queries i of (i + first), clamped to 0 .. `keys`.
std::int64_t clamped_sum(std::int64_t queries, std::int64_t keys, std::int64_t first) {
  auto const last = checked_add(first, checked_sub(queries, 1));
  return checked_sub(ramp(last, keys), ramp(checked_sub(first, 1), keys));
}

}  // namespace

std::int64_t attended_pairs(std::int64_t queries, std::int64_t keys, attention_window const& window) {
  if (queries <= 0 || keys <= 0) return 0;
  auto const before_end = window.right
                              ? clamped_sum(queries, keys, checked_add(window.shift, *window.right + 1))
                              : checked_mul(queries, keys);
  auto const before_start =
      window.left ? clamped_sum(queries, keys, checked_sub(window.shift, *window.left)) : 0;
  return std::max<std::int64_t>(checked_sub(before_end, before_start), 0);
}

}  // namespace flopwatch::operator_rules
