// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "flopwatch/report.hpp"

/// \file
/// Made-up analyses: built by hand, so that the report is tested without attribution and comparison.

namespace flopwatch::test {

/// The attention example without a rule of the user, one call, on CPU.
[[nodiscard]] analysis attention_without_rule();
/// The same with a rule on the root: its children are counted in addition.
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

}  // namespace flopwatch::test
