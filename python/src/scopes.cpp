// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0

// What the module hooks call, once or twice for each module call. Plain CPython functions: pybind11's call of
// a function costs more than opening a scope does.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <vector>

#include "flopwatch/detail/scope_token.hpp"
#include "formula_answer.hpp"
#include "native.hpp"
#include "recording/nvtx/iteration_marks.hpp"
#include "recording/recording.hpp"
#include "tensors.hpp"
#include "watched.hpp"

namespace flopwatch::python {

thread_local std::optional<formula_answer> pending_answer;

namespace {

namespace py = pybind11;

/// The exception that the thread handles now, as an identity alone.
void const* handled_exception() noexcept {
  PyObject* type = nullptr;
  PyObject* value = nullptr;
  PyObject* traceback = nullptr;
  PyErr_GetExcInfo(&type, &value, &traceback);
  void const* const identity = value == Py_None ? nullptr : value;
  Py_XDECREF(type);
  Py_XDECREF(value);
  Py_XDECREF(traceback);
  return identity;
}

/// The watched module that a call of `object` is a call of, or null.
void const* watched(PyObject* object) {
  auto const* const found = watched_modules().find(object);
  return found == nullptr ? nullptr : found->module;
}

struct open_call {
  void const* module;  ///< watched when the call began; compared, never followed
  void const* handled_before;
  bool compiled;  ///< a compiled function stands for the module, which may call it once more
  detail::scope_token token;
};

/// This thread's open module calls, innermost last.
std::vector<open_call>& open_calls() {
  thread_local std::vector<open_call> calls;
  return calls;
}

class plain_scope {
 public:
  void enter(std::string const& name, std::string const& type) {
    open_ = true;
    token_.enter(name, type);
  }
  void enter_closure() {
    open_ = true;
    token_.enter_closure();
  }
  /// Does nothing where it is not open: an exception can come before it was.
  void leave() {
    if (std::exchange(open_, false)) token_.leave();
  }

 private:
  detail::scope_token token_;
  bool open_ = false;
};

/// Closes what was left open above the call of `module`; the innermost open call is then its own.
bool close_above(PyObject* object) {
  auto const* const known = watched(object);
  auto const* const module = known == nullptr ? object : known;
  auto& calls = open_calls();
  auto at = calls.size();
  while (at > 0 && calls[at - 1].module != module) --at;
  if (at == 0) return false;
  while (calls.size() > at) {
    calls.back().token.failed_call();
    calls.back().token.leave();
    calls.pop_back();
  }
  return true;
}

/// The hook is called for a module that raised, too, with no output.
bool raised(open_call const& call, PyObject* output) noexcept {
  return output == Py_None && handled_exception() != call.handled_before;
}

bool enough(char const* name, Py_ssize_t given, Py_ssize_t wanted) {
  if (given == wanted) return true;
  PyErr_Format(PyExc_TypeError, "%s() takes %zd arguments, not %zd", name, wanted, given);
  return false;
}

PyObject* open_call_of(PyObject* object, bool compiled) {
  auto const* const found = watched_modules().find(object);
  if (found == nullptr) Py_RETURN_FALSE;
  auto const* const module = found->module;
  auto& calls = open_calls();
  bool const same_call = !calls.empty() && calls.back().module == module && calls.back().compiled;
  calls.push_back({module, handled_exception(), compiled || object != module, {}});
  calls.back().token.enter_module(module, typeid(void), !same_call, found->info);
  Py_RETURN_TRUE;
}

/// enter(module): false when it is no watched module
PyObject* enter(PyObject* /*self*/, PyObject* object) { return open_call_of(object, false); }

/// enter_compiled(module): the same for a compiled function in the place of the module's call
PyObject* enter_compiled(PyObject* /*self*/, PyObject* object) { return open_call_of(object, true); }

/// A call of the recording that goes on is open. One whose end was never announced can remain from an earlier
/// one: hooks were taken away inside it.
bool inside_a_call() {
  auto const& calls = open_calls();
  auto const innermost =
      std::find_if(calls.rbegin(), calls.rend(), [](open_call const& c) { return c.token.opened(); });
  return innermost != calls.rend() && innermost->token.is_current();
}

/// enter_unregistered(module, type): a module that is not watched; only inside a call of one that is
PyObject* enter_unregistered(PyObject* /*self*/, PyObject* const* a, Py_ssize_t n) {
  if (!enough("enter_unregistered", n, 2)) return nullptr;
  auto& calls = open_calls();
  if (!inside_a_call()) Py_RETURN_FALSE;
  Py_ssize_t size = 0;
  auto const* const text = PyUnicode_AsUTF8AndSize(a[1], &size);
  if (text == nullptr) return nullptr;
  std::string_view const type(text, static_cast<std::size_t>(size));
  calls.push_back({a[0], handled_exception(), false, {}});
  // By its type: such objects come and go, and another one can have the same address.
  calls.back().token.enter("(" + std::string(type) + ")", type);
  Py_RETURN_TRUE;
}

/// call_open(): a module call is open on this thread that `enter` or its like opened
PyObject* call_open(PyObject* /*self*/, PyObject* /*unused*/) {
  return PyBool_FromLong(open_calls().empty() ? 0 : 1);
}

/// wants_call(module, output): the innermost open call is this module's, and a formula rule wants to see it
PyObject* wants_call(PyObject* /*self*/, PyObject* const* a, Py_ssize_t n) {
  if (!enough("wants_call", n, 2)) return nullptr;
  if (!close_above(a[0])) Py_RETURN_FALSE;
  auto const& call = open_calls().back();
  return PyBool_FromLong(call.token.wants_call() && !raised(call, a[1]) ? 1 : 0);
}

void finish(open_call& call, PyObject* args, PyObject* output) {
  if (!call.token.wants_call()) return;
  if (raised(call, output)) {
    call.token.failed_call();
    return;
  }
  thread_local std::vector<std::int64_t> words;
  if (call_words(args, output, words)) {
    call.token.finished_call(words);
  } else {
    call.token.unreadable_call();
  }
}

PyObject* close_call(PyObject* module, PyObject* args, PyObject* output) {
  if (close_above(module)) {
    auto& calls = open_calls();
    finish(calls.back(), args, output);
    calls.back().token.leave();
    calls.pop_back();
  }
  pending_answer.reset();
  Py_RETURN_NONE;
}

/// leave(module, args, output)
PyObject* leave(PyObject* /*self*/, PyObject* const* a, Py_ssize_t n) {
  if (!enough("leave", n, 3)) return nullptr;
  return close_call(a[0], a[1], a[2]);
}

/// leave_with(module, args, output, amount, failure): `amount` and `failure` (a text or None) are the answer
/// of the module's rule
PyObject* leave_with(PyObject* /*self*/, PyObject* const* a, Py_ssize_t n) {
  if (!enough("leave_with", n, 5)) return nullptr;
  formula_answer answer;
  answer.amount = PyLong_AsLongLong(a[3]);
  if (answer.amount == -1 && PyErr_Occurred() != nullptr) {
    if (PyErr_ExceptionMatches(PyExc_OverflowError) == 0) return nullptr;
    PyErr_Clear();
    answer.failure = "the count does not fit a signed 64-bit integer";
  }
  if (a[4] != Py_None) {
    Py_ssize_t size = 0;
    auto const* const text = PyUnicode_AsUTF8AndSize(a[4], &size);
    if (text == nullptr) return nullptr;
    answer.failure = std::string(text, static_cast<std::size_t>(size));
  }
  pending_answer = std::move(answer);
  return close_call(a[0], a[1], a[2]);
}

/// leave_failed(module): the call raised
PyObject* leave_failed(PyObject* /*self*/, PyObject* module) {
  if (close_above(module)) {
    auto& calls = open_calls();
    calls.back().token.failed_call();
    calls.back().token.leave();
    calls.pop_back();
  }
  Py_RETURN_NONE;
}

// NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): as CPython wants METH_FASTCALL functions
PyMethodDef methods[] = {
    {"enter", &enter, METH_O,
     "enter(module) -> bool: opens the scope of a module that is called on this thread; False: not watched."},
    {"enter_compiled", &enter_compiled, METH_O,
     "enter_compiled(module) -> bool: `enter` by a compiled function that stands for the module's call."},
    {"enter_unregistered", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&enter_unregistered)),
     METH_FASTCALL,
     "enter_unregistered(module, type) -> bool: opens the scope of a module that is not watched, inside a call of "
     "one that is; False: not inside."},
    {"call_open", &call_open, METH_NOARGS,
     "call_open() -> bool: this thread is inside a call of a module, watched or not registered."},
    {"wants_call", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&wants_call)), METH_FASTCALL,
     "wants_call(module, output) -> bool: a formula rule wants to see the call that ends now; closes those "
     "above it."},
    {"leave", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&leave)), METH_FASTCALL,
     "leave(module, args, output): closes the scope that `enter` opened; unknown modules are left alone."},
    {"leave_with", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&leave_with)), METH_FASTCALL,
     "leave_with(module, args, output, amount, failure): `leave`, with the answer of the module's rule."},
    {"leave_failed", &leave_failed, METH_O, "leave_failed(module): closes the scope of a call that raised."},
    {nullptr, nullptr, 0, nullptr},
};
// NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)

}  // namespace

void bind_scopes(py::module_& m) {
  if (PyModule_AddFunctions(m.ptr(), methods) != 0) throw py::error_already_set();
  m.def(
      "begin_iteration", [](std::string const& name) { return detail::range_opened(name); }, py::arg("name"),
      py::call_guard<py::gil_scoped_release>(),
      "Begins a marked iteration. Returns a number for `end_iteration`, 0 when none is waited for.");
  m.def(
      "end_iteration", [](std::uint64_t iteration) { detail::range_closed(iteration); }, py::arg("iteration"),
      py::call_guard<py::gil_scoped_release>(), "Ends what `begin_iteration` began.");
  m.def(
      "mark_iteration", [] { detail::mark_iteration(true); }, py::call_guard<py::gil_scoped_release>(),
      "A step ends here, and the next one begins, in a session that reuses counts.");
  py::class_<plain_scope>(m, "Scope")
      .def(py::init<>())
      .def("enter", &plain_scope::enter, py::arg("name"), py::arg("type"))
      .def("enter_closure", &plain_scope::enter_closure)
      .def("leave", &plain_scope::leave);
}

}  // namespace flopwatch::python
