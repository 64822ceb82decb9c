// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rule_numbers.hpp"

#include <array>
#include <string>
#include <utility>

#include <torch/csrc/autograd/python_variable.h>

#include "rules/thop/elementwise.hpp"

namespace flopwatch::python::rule_numbers {
namespace {

namespace py = pybind11;

/// The name of an attribute, made once: a tree has thousands of modules.
class attribute {
 public:
  explicit attribute(char const* name) : name_(PyUnicode_InternFromString(name)) {
    if (name_ == nullptr) throw py::error_already_set();
  }
  [[nodiscard]] py::object of(py::handle object) const {
    return check(PyObject_GetAttr(object.ptr(), name_));
  }
  /// False where the object has none.
  [[nodiscard]] py::object of_or_false(py::handle object) const {
    auto* const value = PyObject_GetAttr(object.ptr(), name_);
    if (value == nullptr) {
      if (PyErr_ExceptionMatches(PyExc_AttributeError) == 0) throw py::error_already_set();
      PyErr_Clear();
      return py::bool_(false);
    }
    return py::reinterpret_steal<py::object>(value);
  }
  /// The value under that key of a dict, by no method of a subclass; null when it is no dict, or has none.
  [[nodiscard]] py::object in(py::handle dict) const {
    if (PyDict_Check(dict.ptr()) == 0) return {};
    auto* const found = PyDict_GetItemWithError(dict.ptr(), name_);
    if (found == nullptr && PyErr_Occurred() != nullptr) throw py::error_already_set();
    return py::reinterpret_borrow<py::object>(found);
  }

 private:
  static py::object check(PyObject* value) {
    if (value == nullptr) throw py::error_already_set();
    return py::reinterpret_steal<py::object>(value);
  }
  PyObject* name_;  // lives as long as the interpreter
};

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

/// Of no subclass, which may have a shape of its own.
bool is_plain(PyObject* tensor) {
  return THPVariable_CheckExact(tensor) &&
         !THPVariable_Unpack(tensor).unsafeGetTensorImpl()->has_symbolic_sizes_strides();
}

void add_sizes_from(py::handle tensor, std::size_t first, numbers& out) {
  static attribute const shape("shape");
  if (is_plain(tensor.ptr())) {
    auto const sizes = THPVariable_Unpack(tensor.ptr()).sizes();
    for (auto i = first; i < sizes.size(); ++i) out.push_back(sizes[i]);
    return;
  }
  auto const sizes = py::tuple(shape.of(tensor));
  for (auto i = first; i < sizes.size(); ++i) out.push_back(whole(sizes[i]));
}

}  // namespace

numbers convolution(py::handle module) {
  static attribute const groups("groups");
  static attribute const weight("weight");
  static attribute const parameters("_parameters");
  numbers out{whole(groups.of(module))};
  // By attribute it would go through Module.__getattr__.
  auto const own = weight.in(parameters.of(module));
  add_sizes_from(own && !own.is_none() ? own : weight.of(module), 2, out);
  return out;
}

numbers linear(py::handle module) {
  static attribute const in_features("in_features");
  return {whole(in_features.of(module))};
}

numbers normalization(py::handle module) {
  static attribute const affine("affine");
  static attribute const elementwise_affine("elementwise_affine");
  return {is_true(affine.of_or_false(module)) || is_true(elementwise_affine.of_or_false(module)) ? 1 : 0};
}

numbers softmax(py::handle module) {
  static attribute const dim("dim");
  return {whole(dim.of(module))};
}

numbers upsample(py::handle module) {
  using enum thop::upsample_mode;
  static attribute const mode("mode");
  auto const word = mode.of(module);
  constexpr std::array<std::pair<char const*, thop::upsample_mode>, 4> modes{
      {{"nearest", nearest},
       {"linear", thop::upsample_mode::linear},
       {"bilinear", bilinear},
       {"bicubic", bicubic}}};
  for (auto const& [name, value] : modes) {
    if (py::isinstance<py::str>(word) && PyUnicode_CompareWithASCIIString(word.ptr(), name) == 0)
      return {static_cast<std::int64_t>(value)};
  }
  return {static_cast<std::int64_t>(other)};
}

numbers cell(py::handle module) {
  static attribute const input_size("input_size");
  static attribute const hidden_size("hidden_size");
  static attribute const bias("bias");
  return {whole(input_size.of(module)), whole(hidden_size.of(module)), is_true(bias.of(module)) ? 1 : 0};
}

numbers layers(py::handle module) {
  static attribute const num_layers("num_layers");
  static attribute const bidirectional("bidirectional");
  auto out = cell(module);
  out.push_back(whole(num_layers.of(module)));
  out.push_back(is_true(bidirectional.of(module)) ? 1 : 0);
  return out;
}

}  // namespace flopwatch::python::rule_numbers
