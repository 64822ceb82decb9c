// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// Compiled regions: what their graphs ask for becomes operator rows of the scope in which they run.

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <pybind11/stl.h>
#include <torch/csrc/Dtype.h>

#include "native.hpp"
#include "recording/recording.hpp"
#include "rules/operator/encoding.hpp"
#include "rules/operator/numbers.hpp"

namespace flopwatch::python {
namespace {

namespace py = pybind11;

scalar_type dtype_of(py::handle value) {
  if (!THPDtype_Check(value.ptr())) throw py::type_error("a tensor is written as (dtype, sizes)");
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the type was checked
  auto const type = reinterpret_cast<THPDtype*>(value.ptr())->scalar_type;
  return operator_rules::parse_scalar_type(static_cast<std::int64_t>(type));
}

/// (dtype, sizes)
bool is_tensor(py::handle value) {
  return py::isinstance<py::tuple>(value) && py::len(value) == 2 &&
         THPDtype_Check(py::cast<py::tuple>(value)[0].ptr());
}

void encode_tensor(py::handle value, args_encoder& out) {
  if (value.is_none()) {
    out.undefined_tensor();
    return;
  }
  auto const parts = py::cast<py::tuple>(value);
  auto const sizes = py::cast<std::vector<std::int64_t>>(parts[1]);
  out.tensor(sizes, dtype_of(parts[0]), tensor_layout::strided);
}

void encode_list(py::list const& values, args_encoder& out) {
  bool const tensors = !values.empty() && (is_tensor(values[0]) || values[0].is_none());
  if (tensors) {
    out.tensors(values.size());
    for (auto const& v : values) encode_tensor(v, out);
    return;
  }
  for (auto const& v : values) {
    if (PyLong_Check(v.ptr()) == 0) {
      out.opaque();
      return;
    }
  }
  out.integers(values.size());
  for (auto const& v : values) out.item(py::cast<std::int64_t>(v));
}

/// None, bool, int, float, (dtype, sizes) for a tensor, a list of integers or of tensors; `...` for anything
/// else.
void encode(py::handle value, args_encoder& out) {
  if (value.is_none()) {
    out.none();
  } else if (PyBool_Check(value.ptr()) != 0) {
    out.boolean(py::cast<bool>(value));
  } else if (PyLong_Check(value.ptr()) != 0) {
    out.integer(py::cast<std::int64_t>(value));
  } else if (PyFloat_Check(value.ptr()) != 0) {
    out.real(py::cast<double>(value));
  } else if (THPDtype_Check(value.ptr())) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the type was checked
    out.integer(static_cast<std::int64_t>(reinterpret_cast<THPDtype*>(value.ptr())->scalar_type));
  } else if (is_tensor(value)) {
    encode_tensor(value, out);
  } else if (py::isinstance<py::list>(value)) {
    encode_list(py::reinterpret_borrow<py::list>(value), out);
  } else {
    out.opaque();
  }
}

detail::region_work region_work_of(py::list const& calls) {
  static std::atomic<std::uint64_t> last_id{0};
  detail::region_work work;
  work.id = ++last_id;
  args_encoder encoder;
  for (auto const& entry : calls) {
    auto const parts = py::cast<py::tuple>(entry);
    encoder.clear();
    for (auto const& arg : py::cast<py::tuple>(parts[3])) encode(arg, encoder);
    auto const words = encoder.words();
    work.calls.push_back({py::cast<std::string>(parts[0]),
                          py::cast<std::string>(parts[1]),
                          py::cast<bool>(parts[2]),
                          {words.begin(), words.end()},
                          py::cast<std::int64_t>(parts[4])});
  }
  return work;
}

void count(detail::region_work const& work) {
  auto* const record = detail::current_record();
  if (record == nullptr) return;
  detail::record_access const access(*record);
  if (access) record->count_region(work, detail::this_thread.owner->operators());
}

void lose(std::string const& kind, std::string detail) {
  auto* const record = detail::current_record();
  if (record == nullptr) return;
  detail::record_access const access(*record);
  if (!access || record->inside_counted()) return;
  record->note(kind == "other" ? loss::region_other_arithmetic : loss::region_not_counted, 1,
               std::move(detail));
}

/// 0 where nothing is recorded.
std::uint64_t products_counted() {
  auto* const record = detail::current_record();
  if (record == nullptr) return 0;
  detail::record_access const access(*record);
  return access ? record->products_counted() : 0;
}

/// "product", "other", "none", "opened" or "unknown"
char const* operator_class(std::string const& base, std::string const& overload) {
  auto const entry = find_operator(base, overload);
  switch (entry.treatment) {
    case operator_treatment::counted:
      return entry.arithmetic == arithmetic::multiply_add ? "product" : "other";
    case operator_treatment::no_arithmetic:
      return "none";
    case operator_treatment::opened:
      return "opened";
    case operator_treatment::unknown:
      break;
  }
  return "unknown";
}

}  // namespace

void bind_regions(py::module_& m) {
  py::class_<detail::region_work>(m, "RegionWork")
      .def(py::init(&region_work_of), py::arg("calls"),
           "calls: [(name, overload, decomposed, args, times), ...]; a tensor among the arguments is "
           "(dtype, sizes).")
      .def("count", &count, "The region runs on this thread.");
  m.def(
      "region_lost", &lose, py::arg("kind"), py::arg("detail"),
      "A region runs on this thread whose work is not known (kind \"region\"), or of which other arithmetic is "
      "not (\"other\").");
  m.def("products_counted", &products_counted,
        "How many calls of the multiply-add class this thread has counted in this recording.");
  m.def("operator_class", &operator_class, py::arg("name"), py::arg("overload"),
        "\"product\", \"other\", \"none\", \"opened\" or \"unknown\": what the built-in tables say.");
}

}  // namespace flopwatch::python
