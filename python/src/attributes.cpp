// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "attributes.hpp"

#include <algorithm>
#include <string>

#include <torch/csrc/autograd/python_variable.h>

namespace flopwatch::python {
namespace {

namespace py = pybind11;

/// Of no subclass, which may have a shape of its own.
bool is_plain(PyObject* tensor) {
  return THPVariable_CheckExact(tensor) &&
         !THPVariable_Unpack(tensor).unsafeGetTensorImpl()->has_symbolic_sizes_strides();
}

}  // namespace

attribute::attribute(char const* name) : name_(PyUnicode_InternFromString(name)) {
  if (name_ == nullptr) throw py::error_already_set();
}

py::object attribute::of(py::handle object) const {
  auto* const value = PyObject_GetAttr(object.ptr(), name_);
  if (value == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(value);
}

py::object attribute::of_or_false(py::handle object) const {
  auto* const value = PyObject_GetAttr(object.ptr(), name_);
  if (value == nullptr) {
    if (PyErr_ExceptionMatches(PyExc_AttributeError) == 0) throw py::error_already_set();
    PyErr_Clear();
    return py::bool_(false);
  }
  return py::reinterpret_steal<py::object>(value);
}

py::object attribute::in(py::handle dict) const {
  if (PyDict_Check(dict.ptr()) == 0) return {};
  auto* const found = PyDict_GetItemWithError(dict.ptr(), name_);
  if (found == nullptr && PyErr_Occurred() != nullptr) throw py::error_already_set();
  return py::reinterpret_borrow<py::object>(found);
}

std::int64_t whole(py::object const& value) {
  auto const index = py::reinterpret_steal<py::object>(PyNumber_Index(value.ptr()));
  if (!index) {
    if (PyErr_ExceptionMatches(PyExc_Exception) == 0) throw py::error_already_set();  // Ctrl-C
    // Whatever the value raises: a size that is not known yet, say.
    auto const text = std::string("it holds no whole number but a ") + Py_TYPE(value.ptr())->tp_name;
    py::raise_from(PyExc_TypeError, text.c_str());
    throw py::error_already_set();
  }
  auto const number = PyLong_AsLongLong(index.ptr());
  if (number == -1 && PyErr_Occurred() != nullptr) throw py::error_already_set();
  return number;
}

bool is_true(py::object const& value) {
  auto const answer = PyObject_IsTrue(value.ptr());
  if (answer < 0) throw py::error_already_set();
  return answer == 1;
}

std::vector<std::int64_t> sizes_after(py::handle tensor, std::size_t skipped) {
  static attribute const shape("shape");
  if (is_plain(tensor.ptr())) {
    auto const sizes = THPVariable_Unpack(tensor.ptr()).sizes();
    return sizes.slice(std::min(skipped, sizes.size())).vec();
  }
  auto const sizes = py::tuple(shape.of(tensor));
  std::vector<std::int64_t> out;
  for (auto i = skipped; i < sizes.size(); ++i) out.push_back(whole(sizes[i]));
  return out;
}

}  // namespace flopwatch::python
