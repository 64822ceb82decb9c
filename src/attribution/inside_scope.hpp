// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "flopwatch/attribution.hpp"

namespace flopwatch::attribution_detail {

/// Takes what ran inside the scopes of one row out of a capture. The indices are made once, so that the parts
/// of all rows cost as much as they hold, and the module tree for each.
class inside_scope {
 public:
  /// Both must live as long as this.
  inside_scope(capture_data const& capture, attribution const& tree);

  /// The module tree with the row's scopes, what was called in them, and the operator calls, launches and
  /// answers of rules there. The row's scopes are outermost ones; ids stay.
  [[nodiscard]] capture_data of(std::size_t row) const;

 private:
  [[nodiscard]] std::vector<std::size_t> scopes_in(std::size_t row) const;

  capture_data const& capture_;
  attribution const& tree_;
  std::unordered_map<std::int64_t, std::size_t> scope_at_;
  std::unordered_map<std::size_t, std::vector<std::size_t>> of_row_;  ///< positions of its own scopes
  // By scope: positions of the records that belong to it.
  std::vector<std::vector<std::size_t>> scopes_, operators_, formulas_, launches_, ranges_;
};

}  // namespace flopwatch::attribution_detail
