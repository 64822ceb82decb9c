// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>

#include <pybind11/pybind11.h>

/// \file
/// What must be undone whatever happens. A signal handler (that of Ctrl-C, say) can raise between any two
/// instructions of Python code, in `finally` and `__exit__` too, but never inside a native function. So these
/// functions call Python code and see to the end of it.

namespace flopwatch::python {

/// Calls `undo` until it returns, again each time that an exception ends it; at most 100 times. It must be
/// callable again from wherever it was ended. \returns the exception that must be raised afterwards: the
/// first one, but an interrupt (no `Exception`) before an error; none where there was none
std::optional<pybind11::error_already_set> until_done(std::function<void()> const& undo);

/// Raises `e` later: in the Python code that runs next on this thread. For native code that Python calls and
/// that must not throw. One waits at a time; a further one is dropped.
void raise_later(pybind11::error_already_set e);

}  // namespace flopwatch::python
