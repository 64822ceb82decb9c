// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>
#include <utility>

#include "cleanup.hpp"

namespace flopwatch::python {
namespace {

namespace py = pybind11;

/// Guarded by the GIL.
std::optional<py::error_already_set>& waiting() {
  // Never destroyed: that would need the interpreter.
  static auto* const it = new std::optional<py::error_already_set>;
  return *it;
}

/// CPython calls it between two instructions of the main thread.
int raise_waiting(void* /*unused*/) {
  if (!waiting()) return 0;
  auto e = std::move(*waiting());
  waiting().reset();
  e.restore();
  return -1;
}

bool is_main_thread() noexcept { return gettid() == getpid(); }

}  // namespace

void raise_later(py::error_already_set e) {
  if (is_main_thread()) {
    if (waiting()) return;
    waiting().emplace(std::move(e));
    if (Py_AddPendingCall(&raise_waiting, nullptr) == 0) return;
    e = std::move(*waiting());
    waiting().reset();
  }
  // The class alone: CPython makes the object on the thread itself.
  PyThreadState_SetAsyncExc(PyThread_get_thread_ident(), e.type().ptr());
}

}  // namespace flopwatch::python
