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
#include "flopwatch/html.hpp"
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

row_order order_of(std::optional<std::string> const& name) {
  if (!name) return row_order::recorded;
  if (*name == "name") return row_order::name;
  if (*name == "calls") return row_order::calls;
  if (*name == "formula") return row_order::formula;
  if (*name == "operator") return row_order::operators;
  if (*name == "measured") return row_order::measured;
  if (*name == "other") return row_order::other;
  throw usage_error("there is no order \"" + *name +
                    "\": take name, calls, formula, operator, measured or other");
}

std::optional<flat_by> flat_of(std::optional<std::string> const& name) {
  if (!name) return std::nullopt;
  if (*name == "kernel") return flat_by::kernel;
  if (*name == "operator") return flat_by::operator_name;
  if (*name == "precision") return flat_by::precision;
  throw usage_error("there is no flat table \"" + *name + "\": take kernel, operator or precision");
}

/// What Result.report, to_markdown and _repr_html_ are given; `_result.py` has checked the words.
struct shown {
  std::optional<std::string> flat, phase, sort;
  std::string units = "both", filter;
  int width = 0, depth = 0, top = 0;
  double least_share = 0;
  bool fold = true, colour = false, explain = true;

  explicit shown(py::dict const& given) {
    for (auto const& [key, value] : given) take(key.cast<std::string>(), value);
  }

  void take(std::string const& name, py::handle value) {
    if (name == "flat") return assign(flat, value);
    if (name == "phase") return assign(phase, value);
    if (name == "sort") return assign(sort, value);
    if (name == "units") return assign(units, value);
    if (name == "filter") return assign(filter, value);
    if (name == "width") return assign(width, value);
    if (name == "depth") return assign(depth, value);
    if (name == "top") return assign(top, value);
    if (name == "least_share") return assign(least_share, value);
    if (name == "fold") return assign(fold, value);
    if (name == "colour") return assign(colour, value);
    if (name == "explain") return assign(explain, value);
    throw usage_error("a report has no option \"" + name + '"');
  }

  template <class T>
  static void assign(T& to, py::handle value) {
    to = value.cast<T>();
  }

  [[nodiscard]] text_options options() const {
    text_options out;
    out.units = units_of(units);
    out.width = width;
    out.depth = depth;
    out.colour = colour;
    out.explain = explain;
    out.phase = phase_of(phase);
    out.rows = {order_of(sort), filter, top, least_share};
    out.fold = fold;
    return out;
  }
};

template <class F>
std::string written(py::dict const& given, F const& write) {
  shown const what(given);
  py::gil_scoped_release const free;
  return write(flat_of(what.flat), what.options());
}

std::string report(native_result const& r, py::kwargs const& given) {
  return written(given, [&](std::optional<flat_by> flat, text_options const& options) {
    return flat ? flat_report(r.result.analysis(), *flat, options) : r.result.report(options);
  });
}

std::string markdown(native_result const& r, py::kwargs const& given) {
  return written(given, [&](std::optional<flat_by> flat, text_options const& options) {
    return markdown_report(r.result.analysis(), flat, options);
  });
}

std::string html(native_result const& r, py::kwargs const& given) {
  return written(given, [&](std::optional<flat_by>, text_options const& options) {
    return html_table(r.result.analysis(), options);
  });
}

std::string html_page(native_result const& r, std::string const& name, native_result const* against,
                      std::string const& against_name, std::optional<std::string> const& only_phase) {
  auto const p = phase_of(only_phase);
  auto const chosen = [&](native_result const& one) {
    return p ? std::optional(of_phase(one.result.analysis(), *p)) : std::nullopt;
  };
  auto const here = chosen(r);
  auto const there = against == nullptr ? std::nullopt : chosen(*against);
  html_options options{.name = name, .against = nullptr, .against_name = against_name};
  if (against != nullptr) options.against = there ? &*there : &against->result.analysis();
  return html_report(here ? *here : r.result.analysis(), options);
}

std::string csv(native_result const& r, std::optional<std::string> const& flat,
                std::optional<std::string> const& only_phase) {
  auto const p = phase_of(only_phase);
  auto const& all = r.result.analysis();
  return p ? csv_report(of_phase(all, *p), flat_of(flat)) : csv_report(all, flat_of(flat));
}

native_result open_capture(std::string const& path) {
  return {flopwatch::result(std::make_shared<capture_reader const>(std::filesystem::path(path)))};
}

}  // namespace

void bind_result(py::module_& m) {
  py::class_<native_result>(m, "Result")
      .def("report", &report)
      .def("markdown", &markdown)
      .def("html", &html)
      .def("html_page", &html_page, py::kw_only(), py::arg("name"), py::arg("against"),
           py::arg("against_name"), py::arg("phase"), py::call_guard<py::gil_scoped_release>())
      .def("csv", &csv, py::kw_only(), py::arg("flat"), py::arg("phase"),
           py::call_guard<py::gil_scoped_release>())
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
