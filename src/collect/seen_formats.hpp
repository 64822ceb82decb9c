// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "recording/operator_rows.hpp"

namespace flopwatch::collect {

/// The number formats in which the launches of a run can have used the tensor cores, by the operator calls
/// that they belong to. Not thread-safe.
class seen_formats {
 public:
  /// A launch of `call`, which does not change any more; null: outside every operator call. Of a kernel that
  /// belongs to no operator with a built-in rule, nothing is known.
  void add(detail::operator_row const* call);

  /// Whether some of the work that the metric counts can have run: true for a metric of anything but
  /// tensor cores.
  [[nodiscard]] bool may_count(std::string_view metric) const;

 private:
  std::set<detail::operator_row const*> known_;
  std::set<std::string_view> formats_;
  bool any_ = false;  ///< a launch can have used every format
};

/// The formats that these metrics count, sorted, with commas between.
[[nodiscard]] std::string formats_text(std::vector<std::string> const& metrics);

}  // namespace flopwatch::collect
