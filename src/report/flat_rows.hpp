// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "flopwatch/report.hpp"

namespace flopwatch::report {

/// All that one kernel, operator or number format did in a capture.
struct flat_row {
  std::string name;
  std::int64_t count = 0;  ///< launches of a kernel; calls of an operator, or of operators of that format
  std::int64_t unmeasured_launches = 0;
  work operators;  ///< operator column; nothing for kernels
  /// FLOPs from counters, of launches inside operators of the multiply-add class, and of all. nullopt: not
  /// collected, or counted together with others.
  std::optional<std::int64_t> multiply_add_flops = 0;
  std::optional<std::int64_t> total_flops = 0;
  std::vector<std::size_t> scopes;  ///< rows of the tree in which it ran, ascending
};

/// The whole table: `shown` of its rows are left by a choice.
struct flat_rows {
  std::vector<flat_row> rows;
  std::size_t all = 0;
  std::string said;  ///< one sentence on what is not shown; "" if all is
};

/// Kernels by launch, operators by name, formats by name; sorted by the choice, by default the largest first.
/// \throws usage_error for a filter that is no regular expression, or an order that these rows lack
[[nodiscard]] flat_rows flat_rows_of(analysis const& a, flat_by by, row_choice const& choice);

/// The part of the whole column that a row stands for: of the measured FLOPs for kernels and where there are
/// no operators, otherwise of the operators' MACs. nullopt: there is no whole.
[[nodiscard]] std::optional<double> flat_share(analysis const& a, flat_by by, flat_row const& row);

/// "kernel", "operator", "precision"
[[nodiscard]] std::string_view name_of(flat_by by);

}  // namespace flopwatch::report
