// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "attention/model.hpp"

namespace sample {

/// One way of counting the model.
struct case_description {
  enum class model_kind { custom, stack, attention };

  sizes size;
  model_kind model = model_kind::custom;
  bool outer = false;
  bool rule_on_custom = false;
  bool rule_on_stack = false;
  bool rule_on_attention = false;
  bool starts_table = false;  ///< a listing has an empty line before it

  /// Takes the words of the command line. \throws flopwatch::usage_error
  void set(std::string const& model_word, bool with_outer, std::string const& rules);

  [[nodiscard]] std::string model_text() const;
  [[nodiscard]] std::string rules_text() const;
};

/// Every way that goes wrong, and those that go right: first with CustomModule as the root given to the
/// counter, then the same rules elsewhere in a tree.
[[nodiscard]] std::vector<case_description> all_cases(sizes const& size);
/// The case to show whole: two causes add up in it.
[[nodiscard]] case_description case_to_show(sizes const& size);

/// \throws flopwatch::usage_error for sizes that make no model
void check(sizes const& size);

/// Makes the model, runs it on `options.device` (cpu when none) and counts it.
[[nodiscard]] flopwatch::result run_case(case_description const& c,
                                         flopwatch::session_options const& options);

}  // namespace sample
