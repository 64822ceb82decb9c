// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "recording/module_names.hpp"
#include "rules.hpp"

namespace flopwatch::python {

/// One module object of a watched tree.
struct tree_module {
  void const* object = nullptr;
  module_record record;
  formula_unit unit = formula_unit::macs;
  bool rule_is_zero = false;
  /// Of thop's rule; empty beside a rule of the user's, and where it could not read the module.
  rule_amount rule;
};

/// One way from the root to a module; the first is the root's own.
struct tree_path {
  std::int64_t parent = 0;  ///< number of the path above, from 1
  std::string name;
  std::size_t module = 0;  ///< index
};

/// Every module object of a model once, and every way to it. It does not hold the objects, which Python's
/// garbage collector could not see: its maker does.
struct module_tree {
  std::vector<tree_module> modules;  ///< in order of the first way to them, depth first
  std::vector<tree_path> paths;
  std::vector<std::pair<void const*, void const*>> aliases;  ///< compiled modules -> what they wrap
  /// Index of the CUDA device of the first tensor on one; -1 if it names no index.
  std::optional<int> first_gpu;
  bool on_meta = false;                      ///< a tensor is on the meta device; known where none is on a GPU
  std::vector<std::string> types_never_met;  ///< as module_names has it
  bool drops_lone_name = false;              ///< the same

  /// As a recording takes it.
  [[nodiscard]] detail::module_names names() const;
};

}  // namespace flopwatch::python
