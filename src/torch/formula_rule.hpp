// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <typeindex>

#include "flopwatch/capture.hpp"
#include "flopwatch/module_rule.hpp"

namespace torch::nn {
class Module;
}

namespace flopwatch::torch_layer {

/// A module's formula rule.
struct formula_rule {
  rule_origin origin = rule_origin::thop;
  std::string name;  ///< "Linear"
  formula_unit unit = formula_unit::macs;
  bool is_zero = false;  ///< gives 0 for every call
  /// What one call adds. The module is of exactly the type the rule was found for (or flopwatch's own
  /// subclass of it). Throws `rule_error`; a custom rule may throw anything.
  std::function<std::int64_t(torch::nn::Module const&, module_call const&)> count;
};

/// thop 0.1.1's rule for exactly this type (`typeid` of the Impl), or nullptr where thop has none.
/// Types derived from one with a rule have none, as in thop. Thread-safe.
[[nodiscard]] formula_rule const* find_thop_rule(std::type_index type);

}  // namespace flopwatch::torch_layer
