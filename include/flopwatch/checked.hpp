// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>

#include "flopwatch/error.hpp"

/// \file
/// Signed 64-bit arithmetic that throws `overflow_error` instead of wrapping around.

namespace flopwatch {

[[nodiscard]] inline std::int64_t checked_add(std::int64_t a, std::int64_t b) {
  std::int64_t r = 0;
  if (__builtin_add_overflow(a, b, &r)) throw overflow_error();
  return r;
}

[[nodiscard]] inline std::int64_t checked_sub(std::int64_t a, std::int64_t b) {
  std::int64_t r = 0;
  if (__builtin_sub_overflow(a, b, &r)) throw overflow_error();
  return r;
}

[[nodiscard]] inline std::int64_t checked_mul(std::int64_t a, std::int64_t b) {
  std::int64_t r = 0;
  if (__builtin_mul_overflow(a, b, &r)) throw overflow_error();
  return r;
}

/// Product of all factors; 1 for an empty list, 0 if any factor is 0.
[[nodiscard]] inline std::int64_t checked_product(std::span<std::int64_t const> factors) {
  for (auto f : factors) {
    if (f == 0) return 0;
  }
  std::int64_t r = 1;
  for (auto f : factors) r = checked_mul(r, f);
  return r;
}

[[nodiscard]] inline std::int64_t checked_product(std::initializer_list<std::int64_t> factors) {
  return checked_product(std::span<std::int64_t const>(factors.begin(), factors.size()));
}

}  // namespace flopwatch
