// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>

#include <pybind11/pybind11.h>

#include "tree.hpp"

namespace flopwatch::python {

/// What the modules of one type have in common.
struct type_of_module {
  module_record record;
  formula_unit unit = formula_unit::macs;
  bool rule_is_zero = false;
  thop_rule const* thop = nullptr;  ///< thop's rule; null: none
  pybind11::object custom;          ///< the user's rule, or None
  bool is_wrapper = false;          ///< torch.compile's
  bool plain_children = true;       ///< `named_children` is torch's own
};

struct tree_and_objects {
  std::shared_ptr<module_tree> tree;
  pybind11::list objects;  ///< of `tree->modules`
  pybind11::dict aliases;  ///< compiled modules inside the tree -> what they wrap
  pybind11::dict custom;   ///< modules with a rule of the user's -> that rule
};

/// Walks the tree below `root` as `named_children` gives it. `describe` is asked once for each type of a
/// module and answers with a `TypeOfModule`; `unwrap` gives the module inside a compiled one.
/// \throws usage_error for more than `max_paths` ways
[[nodiscard]] tree_and_objects read_tree(pybind11::object const& root, pybind11::function const& describe,
                                         pybind11::function const& unwrap, std::size_t max_paths);

}  // namespace flopwatch::python
