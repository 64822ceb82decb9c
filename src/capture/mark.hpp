// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>

#include "capture/checksum.hpp"
#include "capture/read_limits.hpp"
#include "capture/sqlite.hpp"

namespace flopwatch::capture_detail {

/// The mark of a clean end: what every table held when the writer closed the capture.
class closed_mark {
 public:
  explicit closed_mark(read_source const& source);
  /// False: the writer did not finish.
  [[nodiscard]] bool present() const noexcept { return !sums_.empty(); }
  /// False for a table that came after the version that wrote the capture. \throws damage when the capture
  /// was closed with it
  [[nodiscard]] bool has(read_source const& source, std::string const& table) const;
  /// \throws damage when there is a mark, and it has another sum for `table`
  void check(std::string const& table, table_sum const& found) const;

 private:
  std::map<std::string, std::optional<table_sum>> sums_;  ///< nullopt: do not check
};

}  // namespace flopwatch::capture_detail
