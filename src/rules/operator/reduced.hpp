// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "flopwatch/operator_rule.hpp"

namespace flopwatch::operator_rules {

/// A reduction: `rows` results of `length` elements each.
struct reduced {
  std::int64_t rows = 0;
  std::int64_t length = 0;

  [[nodiscard]] std::int64_t elements() const;
  /// Adds of a plain sum: length - 1 for each row, none for an empty row.
  [[nodiscard]] std::int64_t sum_adds() const;
};

/// An empty list means all dimensions. \throws rule_error for dimensions out of range or given twice
[[nodiscard]] reduced reduce(tensor_arg const& t, std::span<std::int64_t const> dims);
[[nodiscard]] reduced reduce_all(tensor_arg const& t);
/// One dimension.
[[nodiscard]] reduced reduce_dim(tensor_arg const& t, std::int64_t dim);

}  // namespace flopwatch::operator_rules
