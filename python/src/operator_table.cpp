// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "flopwatch/operator_rule.hpp"
#include "native.hpp"
#include "recording/operator_info.hpp"

namespace flopwatch::python {
namespace {

/// The words of docs/operators.md.
char const* treatment_of(operator_entry const& entry) {
  switch (entry.treatment) {
    case operator_treatment::counted:
      return entry.note.empty() ? "rule" : "estimate";
    case operator_treatment::no_arithmetic:
      return "no arithmetic";
    case operator_treatment::opened:
      return "opened";
    case operator_treatment::unknown:
      break;
  }
  return entry.note.empty() ? "unknown" : "unsupported";
}

}  // namespace

void bind_operator_table(pybind11::module_& m) {
  m.def(
      "operator_treatment",
      [](std::string const& name, std::string const& overload, bool composite) {
        detail::operator_registry registry({});
        auto const& entry = registry.find(name, overload, {.composite = composite}).entry;
        return pybind11::make_tuple(treatment_of(entry), entry.note);
      },
      pybind11::arg("name"), pybind11::arg("overload"), pybind11::arg("composite"),
      "How an operator is treated, and what users read beside its calls.");
}

}  // namespace flopwatch::python
