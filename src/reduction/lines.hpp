// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "flopwatch/report.hpp"
#include "reduction/row_sums.hpp"
#include "reduction/table.hpp"

/// \file
/// The tables of a reduction, one function for each.

namespace flopwatch::reduction {

/// What the tables are made from.
struct reduced_from {
  analysis const& a;
  row_sums const& sums;
  std::vector<std::string> const& places;
};

[[nodiscard]] table scope_lines(reduced_from const& from);
[[nodiscard]] table kernel_lines(reduced_from const& from);
[[nodiscard]] table metric_lines(reduced_from const& from);
[[nodiscard]] table operator_lines(reduced_from const& from);
[[nodiscard]] table loss_lines(reduced_from const& from);
[[nodiscard]] table process_line(reduced_from const& from);

/// Writes which scope and phase a line is of.
inline void put_place(table& t, reduced_from const& from, std::size_t row, phase p) {
  t.integer("row", static_cast<std::int64_t>(row));
  t.text("place", from.places[row]);
  t.text("path", from.a.tree.rows[row].path);
  t.text("phase", to_string(p));
}

[[nodiscard]] inline std::string_view to_string(launch_class c) noexcept {
  switch (c) {
    case launch_class::multiply_add:
      return "multiply_add";
    case launch_class::other:
      return "other";
    case launch_class::outside:
      return "outside";
    case launch_class::range:
      return "range";
  }
  return "range";
}

}  // namespace flopwatch::reduction
