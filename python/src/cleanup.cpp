// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cleanup.hpp"

#include <utility>

#include <c10/core/GradMode.h>

#include "native.hpp"
#include "recording/thread_slot.hpp"

namespace flopwatch::python {
namespace {

namespace py = pybind11;

constexpr int most_tries = 100;

bool is_interrupt(py::error_already_set const& e) { return !e.matches(PyExc_Exception); }

/// Raises what ended the body, or what ended its cleanup: an interrupt rather than an error, else the later.
void raise_one_of(std::optional<py::error_already_set> body, std::optional<py::error_already_set> cleanup) {
  if (body && (!cleanup || (is_interrupt(*body) && !is_interrupt(*cleanup)))) throw std::move(*body);
  if (!cleanup) return;
  if (body && !cleanup->value().is(body->value()))
    PyException_SetContext(cleanup->value().ptr(), body->value().inc_ref().ptr());
  throw std::move(*cleanup);
}

py::object with_cleanup(py::object const& body, py::object const& undo) {
  std::optional<py::error_already_set> error;
  py::object answer;
  try {
    answer = body();
  } catch (py::error_already_set& e) {
    error.emplace(std::move(e));
  }
  auto undone = until_done([&undo] { undo(); });
  raise_one_of(std::move(error), std::move(undone));
  return answer;
}

py::object without_gradients(py::object const& body) {
  c10::AutoGradMode const off(false);
  return body();
}

py::object unseen(py::object const& body) {
  detail::mute const muted;
  return without_gradients(body);
}

}  // namespace

std::optional<py::error_already_set> until_done(std::function<void()> const& undo) {
  std::optional<py::error_already_set> kept;
  for (int i = 0; i < most_tries; ++i) {
    try {
      undo();
      break;
    } catch (py::error_already_set& e) {
      if (!kept || (!is_interrupt(*kept) && is_interrupt(e))) kept.emplace(std::move(e));
    }
  }
  return kept;
}

void bind_cleanup(py::module_& m) {
  m.def("with_cleanup", &with_cleanup, py::arg("body"), py::arg("undo"),
        "What body() returns or raises, after undo(), which is called again each time that an exception ends "
        "it.");
  m.def("without_gradients", &without_gradients, py::arg("body"), "body(), while no gradients are recorded.");
  m.def(
      "unseen", &unseen, py::arg("body"),
      "body(), without gradients and unrecorded on this thread: a rule runs, which is not the user's work.");
}

}  // namespace flopwatch::python
