// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/peaks.hpp"

#include <optional>
#include <string>

#include <pybind11/stl.h>

#include "flopwatch/error.hpp"
#include "native.hpp"

namespace flopwatch::python {
namespace {

namespace py = pybind11;

py::list table() {
  py::list out;
  for (auto const& c : chip_peaks()) {
    py::dict formats;
    for (auto const& f : c.formats) formats[py::str(std::string(f.format))] = f.flops_per_second;
    out.append(py::make_tuple(std::string(c.chip), formats, std::string(c.source), std::string(c.date)));
  }
  return out;
}

std::optional<std::string> chip_of_device(std::string const& name) {
  try {
    return std::string(chip_peak_of(name).chip);
  } catch (usage_error const&) {
    return std::nullopt;
  }
}

}  // namespace

void bind_peaks(py::module_& m) {
  m.def("chip_peaks", &table, "Chip, FLOP/s by number format, source and date of each chip of the table.");
  m.def("chip_of_device", &chip_of_device, py::arg("name"),
        "The chip of the table that a device of that name has; None for any other, and for a slice.");
}

}  // namespace flopwatch::python
