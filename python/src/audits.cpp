// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <pybind11/stl.h>

#include "flopwatch/audit.hpp"
#include "native.hpp"
#include "result.hpp"

namespace flopwatch::python {
namespace {

namespace py = pybind11;

/// A convention or NAME=NUMBER, or a name with the digits of each module.
using claim_argument = std::variant<std::string, std::pair<std::string, std::map<std::string, std::string>>>;
/// The name of a chip, one number of FLOP/s, or one for each format.
using peak_argument = std::variant<std::string, double, std::map<std::string, double>>;

claim_request request_of(claim_argument const& given, std::int64_t tokens) {
  if (auto const* text = std::get_if<std::string>(&given)) return parse_claim(*text, tokens);
  auto const& [name, by_module] = std::get<1>(given);
  claim_request out;
  out.name = name;
  for (auto const& [path, digits] : by_module)
    out.by_module.emplace(path, *parse_claim("module=" + digits, tokens).stated);
  return out;
}

struct peak_maker {
  peak operator()(std::string const& name) const { return peak::of_chip(name); }
  peak operator()(double all) const { return peak::of_all(all); }
  peak operator()(std::map<std::string, double> const& formats) const { return peak::of_formats(formats); }
};

audit_report audit_result(native_result const& r, std::string const& model_json,
                          std::vector<claim_argument> const& claims, std::optional<double> seconds,
                          std::optional<peak_argument> const& given_peak, std::string format, double chips) {
  auto const& a = r.result.analysis();
  auto model = model_of(a);
  read_audit_model(model_json, model);
  audit_options options;
  for (auto const& c : claims) options.claims.push_back(request_of(c, model.tokens));
  options.time.seconds = seconds;
  if (given_peak) options.time.peak = std::visit(peak_maker{}, *given_peak);
  options.time.format = std::move(format);
  options.time.chips = chips;
  return audit(a, model, options);
}

audit_text_options text_options_of(int width, bool colour, bool all) {
  audit_text_options out;
  out.width = width;
  out.colour = colour;
  out.all = all;
  return out;
}

std::vector<std::tuple<std::string, std::string, std::string>> conventions() {
  std::vector<std::tuple<std::string, std::string, std::string>> out;
  for (auto const& c : audit_conventions()) out.emplace_back(c.name, c.formula, c.source);
  return out;
}

}  // namespace

void bind_audits(py::module_& m) {
  py::class_<audit_report>(m, "Audit")
      .def(
          "text",
          [](audit_report const& r, int width, bool colour, bool all) {
            return audit_text(r, text_options_of(width, colour, all));
          },
          py::kw_only(), py::arg("width"), py::arg("colour"), py::arg("all"))
      .def(
          "markdown",
          [](audit_report const& r, bool all) { return audit_markdown(r, text_options_of(0, false, all)); },
          py::kw_only(), py::arg("all"))
      .def("json", [](audit_report const& r) { return audit_json(r); })
      .def_property_readonly("exit_code",
                             [](audit_report const& r) { return static_cast<int>(audit_exit_code(r)); });
  m.def("audit", &audit_result, py::arg("result"), py::kw_only(), py::arg("model"), py::arg("claims"),
        py::arg("seconds"), py::arg("peak"), py::arg("format"), py::arg("chips"),
        py::call_guard<py::gil_scoped_release>());
  m.def("audit_conventions", &conventions, "Name, formula and source of each.");
}

}  // namespace flopwatch::python
