// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// The base class of `watch`: `__enter__`, `__exit__` and the finalizer are native, so that an interrupt finds
// the block either open, and then `with` calls `__exit__`, or with everything undone. A plain CPython type:
// those of pybind11 have no finalizer that still sees the attributes.

#include <utility>

#include "cleanup.hpp"
#include "native.hpp"

namespace flopwatch::python {
namespace {

namespace py = pybind11;

bool is_finalizing() noexcept {
#if PY_VERSION_HEX >= 0x030D0000
  return Py_IsFinalizing() != 0;
#else
  return _Py_IsFinalizing() != 0;
#endif
}

/// None, or an exception set by `f`.
template <class F>
PyObject* guarded(F f) {
  try {
    return f().release().ptr();
  } catch (py::error_already_set& e) {
    e.restore();
    return nullptr;
  }
}

PyObject* enter_block(PyObject* self, PyObject* /*unused*/) {
  return guarded([self]() -> py::object {
    py::handle const block(self);
    block.attr("_check_closed")();
    try {
      block.attr("_begin")();
    } catch (py::error_already_set&) {
      until_done([block] { block.attr("_drop")(); });
      throw;
    }
    return py::reinterpret_borrow<py::object>(block);
  });
}

PyObject* leave_block(PyObject* self, PyObject* args) {
  return guarded([self, args]() -> py::object {
    auto const given = py::reinterpret_borrow<py::tuple>(args);
    auto error = until_done([self, &given] { py::handle(self).attr("_end")(*given); });
    if (error) throw std::move(*error);
    return py::none();
  });
}

void dropped(PyObject* self) {
  if (is_finalizing()) return;  // the modules that it would use are gone
  py::error_scope const kept;
  py::handle const block(self);
  try {
    if (!py::cast<bool>(block.attr("_open"))) return;
  } catch (...) {
    return;
  }
  auto error = until_done([block] { block.attr("_dropped")(); });
  if (!error) return;
  if (error->matches(PyExc_Exception)) {
    error->discard_as_unraisable("a block that was dropped");
  } else {
    raise_later(std::move(*error));
  }
}

constexpr char const* documentation =
    "A with block that is open or undone, whenever it is interrupted. A subclass has the methods that __enter__ "
    "and __exit__ name, _open, and _dropped() for an open block that nobody refers to any more. _drop, _end and "
    "_dropped are called again where an exception ends them.";

PyMethodDef block_methods[] = {
    {"__enter__", &enter_block, METH_NOARGS,
     "_check_closed(), then _begin(); _drop() where that raised. Returns the block itself."},
    {"__exit__", &leave_block, METH_VARARGS, "_end(type, value, traceback)."},
    {nullptr, nullptr, 0, nullptr},
};

// NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): as CPython wants them
PyType_Slot slots[] = {
    {Py_tp_methods, static_cast<void*>(block_methods)},
    {Py_tp_finalize, reinterpret_cast<void*>(&dropped)},
    {Py_tp_doc, const_cast<char*>(documentation)},
    {0, nullptr},
};
// NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)

PyType_Spec spec{"flopwatch._native.Block", sizeof(PyObject), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
                 slots};

}  // namespace

void bind_block(py::module_& m) {
  auto const type = py::reinterpret_steal<py::object>(PyType_FromSpec(&spec));
  if (!type) throw py::error_already_set();
  m.attr("Block") = type;
}

}  // namespace flopwatch::python
