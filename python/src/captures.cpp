// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>
#include <vector>

#include <pybind11/stl.h>

#include "flopwatch/diff.hpp"
#include "flopwatch/merge.hpp"
#include "native.hpp"
#include "result.hpp"

namespace flopwatch::python {
namespace {

namespace py = pybind11;

void merge_captures(std::vector<std::string> const& captures, std::string const& to, bool overwrite) {
  static_cast<void>(merge({captures.begin(), captures.end()}, to, overwrite));
}

capture_diff diff_results(native_result const& a, std::string a_name, native_result const& b,
                          std::string b_name) {
  return diff(a.result.analysis(), std::move(a_name), b.result.analysis(), std::move(b_name));
}

diff_options limited(double share) {
  diff_options out;
  out.limit.emplace();
  out.limit->share = share;
  return out;
}

/// Position of the row and name of the figure.
std::vector<std::pair<std::size_t, std::string>> increases(capture_diff const& d, double share) {
  std::vector<std::pair<std::size_t, std::string>> out;
  for (auto const& i : increases_above(d, *limited(share).limit))
    out.emplace_back(i.row, to_string(i.figure));
  return out;
}

std::string text_of(capture_diff const& d, int width, bool colour, bool all) {
  diff_options options;
  options.width = width;
  options.colour = colour;
  options.all = all;
  return diff_text(d, options);
}

}  // namespace

void bind_captures(py::module_& m) {
  py::class_<capture_diff>(m, "Diff")
      .def("text", &text_of, py::kw_only(), py::arg("width"), py::arg("colour"), py::arg("all"),
           py::call_guard<py::gil_scoped_release>())
      .def(
          "json", [](capture_diff const& d) { return diff_json(d); },
          py::call_guard<py::gil_scoped_release>())
      .def("increases", &increases, py::arg("share"));
  m.def("merge", &merge_captures, py::arg("captures"), py::arg("to"), py::arg("overwrite"),
        py::call_guard<py::gil_scoped_release>());
  m.def("diff", &diff_results, py::arg("a"), py::arg("a_name"), py::arg("b"), py::arg("b_name"),
        py::call_guard<py::gil_scoped_release>());
}

}  // namespace flopwatch::python
