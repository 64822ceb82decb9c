// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "comparison/context.hpp"
#include "flopwatch/comparison.hpp"

namespace flopwatch::comparison_detail {

/// Verdicts of one row and the rows below it: positions in a pool that holds every verdict once. A list keeps
/// the largest ones and folds the others into one for each kind, so that all lists of a tree together grow
/// only with its rows.
class verdict_list {
 public:
  struct item {
    std::size_t verdict = 0;  ///< in the pool; the largest if there are several
    std::int64_t amount = 0;
    std::int64_t stands_for = 1;
  };
  using pool = std::vector<flopwatch::verdict>;

  void add(pool const& all, std::size_t verdict);
  /// Takes the items of a row below.
  void take(verdict_list&& below);
  /// Folds until at most `listed_verdicts` are listed one by one.
  void fold(pool const& all);

  [[nodiscard]] std::vector<item> const& items() const noexcept { return items_; }
  void clear() noexcept { items_.clear(); }

 private:
  std::vector<item> items_;
};

/// An item as a verdict with its text.
[[nodiscard]] verdict written(verdict_list::item const& i, verdict_list::pool const& all, context const& c);

/// Largest first; equal ones in order of their rows.
void sort_by_size(std::vector<verdict>& verdicts);

}  // namespace flopwatch::comparison_detail
