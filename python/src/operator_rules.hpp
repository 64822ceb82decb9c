// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include <pybind11/pybind11.h>

#include "flopwatch/operator_rule.hpp"

namespace flopwatch::python {

/// Rules written in Python: {"ns::op": f}. `f(name, overload, args)` is called with the GIL, once for each
/// distinct set of arguments, from the thread that runs the operator; it returns (macs, useful_macs,
/// other_flops, precision or None). What it raises becomes the note of an unsupported operator.
/// The rules may be copied, called and destroyed without the GIL.
[[nodiscard]] std::map<std::string, operator_rule_function> operator_rules_of(pybind11::dict const& rules);

/// TensorArg: what such a rule gets for a tensor.
void bind_operator_rules(pybind11::module_& m);

}  // namespace flopwatch::python
