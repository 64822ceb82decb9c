// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "flopwatch/report.hpp"

namespace flopwatch::test {

struct row_figures {
  std::string type;
  std::int64_t calls = 1;
  std::int64_t parameters = 0;
  work self = {};                              ///< operator column
  std::optional<std::int64_t> rule_macs = {};  ///< what its own formula rule gives
  bool hidden = false;                         ///< a rule above keeps that out of the total
  measured_work measured = {};                 ///< own launches
};

/// Adds rows in depth-first order; `finish` adds up everything that parents hold.
class analysis_builder {
 public:
  analysis_builder();
  /// \returns the row's index; the first row is the root and ignores `parent` and `label`
  std::size_t row(std::size_t parent, std::string const& label, row_figures const& figures);
  void operators(std::size_t row, operator_call_record call);
  /// Explains a difference of `row` and of every row above it.
  void explain(verdict const& v);
  /// With `measured`: launches were measured.
  [[nodiscard]] analysis finish(bool measured = false);

  analysis a;
};

}  // namespace flopwatch::test
