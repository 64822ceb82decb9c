// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "result.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>

#include <pybind11/stl.h>

#include "flopwatch/diagnostics.hpp"
#include "flopwatch/error.hpp"
#include "native.hpp"
#include "totals.hpp"

namespace flopwatch::python {
namespace {

namespace py = pybind11;

unit_choice units_of(std::string const& text) {
  if (text == "both") return unit_choice::both;
  if (text == "macs") return unit_choice::macs;
  if (text == "flops") return unit_choice::flops;
  throw usage_error("there are no units \"" + text + "\": take both, macs or flops");
}

std::optional<phase> phase_of(std::optional<std::string> const& text) {
  if (!text) return std::nullopt;
  auto const p = parse_phase(*text);
  if (!p)
    throw usage_error("there is no phase \"" + *text + "\": take forward, backward, recompute or optimizer");
  return p;
}

std::string report(native_result const& r, std::string const& units, int width, int depth, bool colour,
                   bool explain, std::optional<std::string> const& only_phase) {
  if (width < 0 || depth < 0) throw usage_error("width and depth of a report cannot be negative");
  text_options options;
  options.units = units_of(units);
  options.width = width;
  options.depth = depth;
  options.colour = colour;
  options.explain = explain;
  options.phase = phase_of(only_phase);
  return r.result.report(options);
}

native_result open_capture(std::string const& path) {
  return {flopwatch::result(std::make_shared<capture_reader const>(std::filesystem::path(path)))};
}

}  // namespace

void bind_result(py::module_& m) {
  py::class_<native_result>(m, "Result")
      .def("report", &report, py::kw_only(), py::arg("units"), py::arg("width"), py::arg("depth"),
           py::arg("colour"), py::arg("explain"), py::arg("phase"), py::call_guard<py::gil_scoped_release>())
      .def("totals", [](native_result const& r) { return totals_of(r.result.analysis()); })
      .def(
          "json",
          [](native_result const& r, std::optional<std::string> const& only_phase) {
            auto const p = phase_of(only_phase);
            return p ? json_report(of_phase(r.result.analysis(), *p)) : r.result.json();
          },
          py::arg("phase") = py::none(), py::call_guard<py::gil_scoped_release>())
      .def(
          "save",
          [](native_result const& r, std::string const& path, bool overwrite) {
            r.result.save(path, overwrite);
          },
          py::arg("path"), py::arg("overwrite"), py::call_guard<py::gil_scoped_release>())
      .def_property_readonly(
          "not_written",
          [](native_result const& r) {
            for (auto const& l : r.result.analysis().capture.losses) {
              if (l.kind == loss::capture_not_written.name) return l.text;
            }
            return std::string();
          },
          "Why the capture is not in its file; empty where it is, or where none was asked for.")
      .def_property_readonly("exit_code",
                             [](native_result const& r) { return static_cast<int>(r.result.outcome()); });
  m.def("open_capture", &open_capture, py::arg("path"), py::call_guard<py::gil_scoped_release>());
}

}  // namespace flopwatch::python
