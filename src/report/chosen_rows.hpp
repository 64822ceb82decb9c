// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "flopwatch/report.hpp"

namespace flopwatch::report {

/// Finds names by the regular expression of a choice. Of a name it reads the first 1,000 bytes: the library
/// recurses for each.
class name_filter {
 public:
  /// \throws usage_error if `expression` is no regular expression
  explicit name_filter(std::string const& expression);
  [[nodiscard]] bool finds(std::string_view name) const { return !matches_ || matches_(name); }

 private:
  std::function<bool(std::string_view)> matches_;  ///< empty: everything
};

/// What a choice leaves of the tree.
struct chosen_rows {
  std::vector<std::size_t> order;  ///< rows to show, depth first, children in the wanted order
  std::string said;                ///< one sentence on what is not shown; "" if all is
};

/// Of rows that are chosen all rows above are shown, too. \throws usage_error
[[nodiscard]] chosen_rows choose_rows(analysis const& a, row_choice const& choice);

/// The order that a choice means where it names none: the operator column, or the measured one.
[[nodiscard]] row_order figure_of(analysis const& a, row_order order);
/// "operator MACs": by what rows are compared.
[[nodiscard]] std::string_view figure_name(row_order order);

/// "20 of 300 modules are shown: ...". `what`: "modules"; `more`: a clause at the end.
[[nodiscard]] std::string said_of(std::size_t shown, std::size_t all, std::string_view what,
                                  row_choice const& choice, std::string_view share_of,
                                  std::string_view largest_by, std::string_view more);

}  // namespace flopwatch::report
