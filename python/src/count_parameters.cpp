// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "count_parameters.hpp"

#include <algorithm>
#include <map>

#include <torch/csrc/autograd/python_variable.h>

namespace flopwatch::python {
namespace {

namespace py = pybind11;

/// Calls `f` with each value of a dict, or of what has `values()` as a scripted module's parameters have.
template <class F>
void each_value(py::object const& all, F&& f) {
  if (!PyDict_CheckExact(all.ptr())) {
    for (auto const value : all.attr("values")()) f(value.ptr());
    return;
  }
  if (PyDict_GET_SIZE(all.ptr()) == 0) return;
  // Tensors may run Python code of their own, which may change the dict.
  auto const copy = py::reinterpret_steal<py::dict>(PyDict_Copy(all.ptr()));
  PyObject* key = nullptr;
  PyObject* value = nullptr;
  Py_ssize_t at = 0;
  while (PyDict_Next(copy.ptr(), &at, &key, &value) != 0) f(value);
}

}  // namespace

void parameter_count::hold(py::handle module, std::int64_t path) {
  each_value(module.attr(parameters_key_), [&](PyObject* parameter) {
    if (parameter != Py_None) hold_parameter(parameter, path);
  });
  if (first_gpu_) return;
  each_value(module.attr(buffers_key_), [&](PyObject* buffer) { look_at_device(buffer); });
}

void parameter_count::hold_parameter(PyObject* parameter, std::int64_t path) {
  held_.push_back({py::reinterpret_borrow<py::object>(parameter), path, elements_of(parameter)});
  look_at_device(parameter);
}

void parameter_count::look_at_device(PyObject* tensor) {
  if (first_gpu_ || !THPVariable_Check(tensor)) return;
  auto const& t = THPVariable_Unpack(tensor);
  if (!t.defined()) return;
  if (t.is_cuda()) first_gpu_ = t.device().index();
  on_meta_ = on_meta_ || t.is_meta();
}

std::int64_t parameter_count::elements_of(PyObject* parameter) const {
  if (reinterpret_cast<PyObject*>(Py_TYPE(parameter)) == type_.ptr()) {
    auto const& t = THPVariable_Unpack(parameter);
    if (!t.unsafeGetTensorImpl()->has_symbolic_sizes_strides()) return t.numel();
  }
  // A lazy module's parameters have no size before its first call.
  auto const is_lazy = py::module_::import("torch").attr("nn").attr("parameter").attr("is_lazy");
  py::handle const p(parameter);
  if (py::cast<bool>(is_lazy(p))) return 0;
  return py::cast<std::int64_t>(py::int_(p.attr("numel")()));
}

std::vector<std::int64_t> parameter_count::totals(std::vector<tree_path> const& paths) {
  std::vector<std::int64_t> totals(paths.size() + 1, 0);
  for (auto const& h : held_) totals[static_cast<std::size_t>(h.path)] += h.elements;
  for (auto path = paths.size(); path > 0; --path) {
    totals[static_cast<std::size_t>(paths[path - 1].parent)] += totals[path];
  }
  std::stable_sort(held_.begin(), held_.end(), [](held const& a, held const& b) {
    return std::less<>()(a.parameter.ptr(), b.parameter.ptr());
  });
  for (auto first = held_.begin(); first != held_.end();) {
    auto const last =
        std::find_if(first, held_.end(), [&](held const& h) { return !h.parameter.is(first->parameter); });
    if (last - first > 1) {
      std::map<std::int64_t, std::int64_t> times;  // that a path has it, in itself and below
      for (auto h = first; h != last; ++h) {
        for (auto path = h->path; path != 0; path = paths[static_cast<std::size_t>(path - 1)].parent)
          ++times[path];
      }
      for (auto const& [path, count] : times) {
        totals[static_cast<std::size_t>(path)] -= (count - 1) * first->elements;
      }
    }
    first = last;
  }
  return totals;
}

}  // namespace flopwatch::python
