// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "flopwatch/capture.hpp"

namespace flopwatch::test {

struct synthetic_module;

/// One step of a forward: a call of a module, or its own products.
struct synthetic_step {
  synthetic_module* call = nullptr;
  std::int64_t macs = 0;
  std::string operator_name = "aten::bmm";
};

/// A module with a made-up forward: enough to run it, to record it, and to count it as thop does.
struct synthetic_module {
  std::string type;
  bool transparent = false;
  bool library = false;
  rule_origin rule = rule_origin::none;
  /// One call's formula: `scale` times the products of that call and all below it, and `constant`.
  std::int64_t scale = 0, constant = 0;
  formula_unit unit = formula_unit::macs;
  std::int64_t parameters = 0;  ///< its own
  std::vector<std::pair<std::string, synthetic_module*>> children;
  std::vector<synthetic_step> forward;

  [[nodiscard]] std::int64_t formula(std::int64_t macs) const { return scale * macs + constant; }
};

/// Owns the modules of a model.
using synthetic_modules = std::deque<synthetic_module>;

/// Runs the forward of `root` once and records it.
[[nodiscard]] capture_data recorded(synthetic_module& root);

/// What thop's `profile` gives for the model, by a plain simulation of its hooks and its walk.
struct hook_totals {
  std::int64_t total = 0;
  std::int64_t parameters = 0;
};
[[nodiscard]] hook_totals simulate_hooks(synthetic_module& root);

/// The module's children without those that have a second name.
[[nodiscard]] std::vector<std::pair<std::string, synthetic_module*>> distinct_children(
    synthetic_module const& m);

}  // namespace flopwatch::test
