// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "totals.hpp"

#include <cstdint>
#include <optional>
#include <utility>

#include <pybind11/stl.h>

namespace flopwatch::python {
namespace {

namespace py = pybind11;

py::str name_of(precision p) {
  auto const name = to_string(p);
  return {name.data(), name.size()};
}

py::object formula(attribution const& tree) {
  if (!tree.has_formula) return py::none();
  return py::make_tuple(tree.formula_macs, tree.formula_operations);
}

py::object operators(attribution const& tree) {
  if (!tree.has_operators) return py::none();
  py::dict parts;
  if (!tree.rows.empty()) {
    for (auto const& [format, amount] : tree.rows.front().total_by_precision) {
      if (amount.macs != 0) parts[name_of(format)] = amount.macs;
    }
  }
  py::dict phases;
  for (auto const p : all_phases) {
    auto const name = to_string(p);
    auto const part = tree.rows.empty() ? work{} : tree.rows.front().total_by_phase[p];
    phases[py::str(name.data(), name.size())] = py::make_tuple(part.macs, part.other_flops);
  }
  return py::make_tuple(tree.operator_total.macs, tree.operator_total.other_flops, std::move(parts),
                        std::move(phases));
}

py::object measured(attribution const& tree) {
  if (!tree.measured_collected) return py::none();
  auto const& all = tree.measured_total;
  auto const of_class = [&](std::optional<std::int64_t> const& sum) {
    return tree.has_operators ? sum : std::nullopt;
  };
  auto const products = of_class(all.shown_multiply_add_flops());
  py::dict parts;
  if (products) {
    for (auto const& [format, part] : all.by_precision) {
      if (part.multiply_add_flops != 0) parts[name_of(format)] = part.multiply_add_flops;
    }
  }
  return py::make_tuple(products, of_class(all.shown_other_flops()), all.shown_total_flops(),
                        std::move(parts));
}

}  // namespace

py::tuple totals_of(analysis const& a) {
  return py::make_tuple(measured(a.tree), operators(a.tree), formula(a.tree));
}

}  // namespace flopwatch::python
