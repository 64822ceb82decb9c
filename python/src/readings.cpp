// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "readings.hpp"

#include <string>

#include <pybind11/stl.h>

#include "native.hpp"

namespace flopwatch::python {

namespace py = pybind11;

py::dict reading_of(reused_work const& work) {
  py::list parts;
  for (auto const& p : work.parts) {
    parts.append(py::make_tuple(std::string(to_string(p.phase)), std::string(to_string(p.precision)),
                                p.multiply_add_flops, p.other_flops, p.outside_flops));
  }
  py::dict out;
  out["refusal"] = work.refusal;
  out["launches"] = work.launches;
  out["not_learned_launches"] = work.not_learned_launches;
  out["never_measured_launches"] = work.never_measured_launches;
  out["variable_launches"] = work.variable_launches;
  out["elsewhere_launches"] = work.elsewhere_launches;
  out["tensor_metrics"] = work.tensor_metrics;
  out["parts"] = parts;
  out["bound_flops"] = work.bound_flops;
  out["measuring_ns"] = work.measuring_ns;
  out["overflow"] = work.overflow;
  return out;
}

py::tuple reading_of(operators_reading const& read) {
  py::list operators;
  for (auto const& o : read.operators) {
    operators.append(py::make_tuple(o.name, std::string(to_string(o.status)), std::string(to_string(o.phase)),
                                    std::string(to_string(o.precision)), o.total.macs, o.total.useful_macs,
                                    o.total.other_flops));
  }
  return py::make_tuple(operators, read.errors);
}

void bind_readings(py::module_& m) {
  py::class_<reuse_mark>(m, "ReuseMark").def(py::init<>()).def("copy", [](reuse_mark const& mark) {
    return mark;
  });
}

}  // namespace flopwatch::python
