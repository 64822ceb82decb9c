// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "flopwatch/result.hpp"

/// \file
/// Guards for tests of any framework: a model that changed its cost fails, and the modules that did it are
/// named.
///
///     auto const result = session.count([&] { model->forward(x); });
///     flopwatch::assert_flops(result, {.macs = 2'139'095'040});       // throws
///     EXPECT_EQ(flopwatch::flops_mismatch(result, {.max_macs = 3'000'000'000}), "");   // a budget

namespace flopwatch {

/// What the multiply-add class of the operator column must be. Give exactly one of the three numbers.
struct expected_flops {
  std::optional<std::int64_t> macs = {};
  std::optional<std::int64_t> flops = {};     ///< 2 for each MAC
  std::optional<std::int64_t> max_macs = {};  ///< a budget: fewer are welcome
  /// Part of the expected number that the count may differ by: 0.01 is 1 %.
  double tolerance = 0;
  /// Operators that need no rule ("my::fused_gelu", without overload): any other one
  /// makes the operator column too small, and fails.
  std::vector<std::string> allow_unsupported = {};
};

/// What is wrong, in lines; "" when the count is as expected. A result with a data loss of severity
/// error is wrong.
/// \throws usage_error unless exactly one number is given, and for a negative number or tolerance
[[nodiscard]] std::string flops_mismatch(result const& r, expected_flops const& expected);

/// What `assert_flops` throws.
class flops_assertion : public error {
 public:
  explicit flops_assertion(std::string const& message) : error(message, exit_code::check_failed) {}
};

/// \throws flops_assertion with the text of `flops_mismatch`, where there is one; usage_error as there
void assert_flops(result const& r, expected_flops const& expected);

}  // namespace flopwatch
