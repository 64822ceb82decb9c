// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "flopwatch/report.hpp"

/// \file
/// Made-up analyses: built by hand, so that the report is tested without attribution and comparison.

namespace flopwatch::synthetic {

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
class builder {
 public:
  builder();
  /// \returns the row's index; the first row is the root and ignores `parent` and `label`
  std::size_t row(std::size_t parent, std::string const& label, row_figures const& figures);
  void operators(std::size_t row, operator_call_record call);
  /// Explains a difference of `row` and of every row above it.
  void explain(verdict const& v);
  /// With `measured`: launches were measured.
  [[nodiscard]] analysis finish(bool measured = false);

  analysis a;
};

/// The attention example without a rule of the user, one call, on CPU.
[[nodiscard]] analysis attention_without_rule();
/// The same with a rule on the root: its children are counted beside it.
[[nodiscard]] analysis attention_rule_on_root();
/// Five equal blocks with a rule each that hides what is below it, measured.
[[nodiscard]] analysis measured_transformer();
/// Lost data, unsupported operators, modules never called, hostile and wide names.
[[nodiscard]] analysis lossy_with_strange_names();
/// Two encoder layers that ran fused, after a forward of the formula's own that called all their modules.
[[nodiscard]] analysis fused_encoder_layer();
/// Nothing was watched: one row for everything, tiny counts.
[[nodiscard]] analysis nothing_watched();

struct named_analysis {
  std::string name;
  analysis a;
};
[[nodiscard]] std::vector<named_analysis> all_analyses();

}  // namespace flopwatch::synthetic
