// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "reduction/reduction.hpp"

#include <string>

#include "flopwatch/capture_reader.hpp"
#include "native.hpp"

namespace flopwatch::python {
namespace {

namespace py = pybind11;

char const* name_of(reduction::column_kind kind) {
  switch (kind) {
    case reduction::column_kind::text:
      return "text";
    case reduction::column_kind::integer:
      return "integer";
    case reduction::column_kind::wide:
      return "wide";
    case reduction::column_kind::real:
      return "real";
    case reduction::column_kind::boolean:
      return "boolean";
  }
  return "";
}

py::bytes bytes_of(std::vector<std::uint8_t> const& from) {
  return {reinterpret_cast<char const*>(from.data()), from.size()};
}

py::tuple column_of(reduction::column const& c) {
  py::list words;
  for (auto const& word : c.words) words.append(py::str(word));
  return py::make_tuple(c.name, name_of(c.kind), c.length,
                        c.nulls == 0 ? py::object(py::none()) : bytes_of(c.valid), bytes_of(c.data),
                        std::move(words));
}

py::dict reduce_capture(std::string const& path) {
  std::vector<reduction::table> tables;
  {
    py::gil_scoped_release const free;
    tables = reduction::reduce(capture_reader(std::filesystem::path(path)).load());
  }
  py::dict out;
  for (auto const& t : tables) {
    py::list columns;
    for (auto const& c : t.columns()) columns.append(column_of(c));
    out[py::str(t.name())] = std::move(columns);
  }
  return out;
}

}  // namespace

void bind_reduction(py::module_& m) {
  m.attr("REDUCTION_VERSION") = reduction::schema_version;
  m.def("reduce_capture", &reduce_capture, py::arg("path"));
}

}  // namespace flopwatch::python
