// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <exception>

#include "flopwatch/error.hpp"
#include "native.hpp"
#include "text/printable.hpp"

namespace flopwatch::python {
namespace {

namespace py = pybind11;

/// Raises the class of that name of flopwatch/_errors.py, with the exit code as an attribute. A path in
/// the message can be any bytes.
void raise(char const* name, char const* message, exit_code code) {
  auto const type = py::module_::import("flopwatch._errors").attr(name);
  auto const value = type(text::printable_lines(message));
  value.attr("exit_code") = static_cast<int>(code);
  PyErr_SetObject(type.ptr(), value.ptr());
}

void translate(std::exception_ptr const& p) {
  try {
    if (p) std::rethrow_exception(p);
  } catch (device_error const& e) {
    raise("DeviceError", e.what(), e.code());
  } catch (session_error const& e) {
    raise("SessionError", e.what(), e.code());
  } catch (capture_error const& e) {
    raise("CaptureError", e.what(), e.code());
  } catch (usage_error const& e) {
    raise("UsageError", e.what(), e.code());
  } catch (error const& e) {
    raise("FlopwatchError", e.what(), e.code());
  } catch (rule_error const& e) {
    raise("RuleError", e.what(), exit_code::usage);
  }
}

}  // namespace

void bind_errors(py::module_& /*m*/) {
  // NOLINTNEXTLINE(performance-unnecessary-value-param): as pybind11 calls it
  py::register_exception_translator([](std::exception_ptr p) { translate(p); });
}

}  // namespace flopwatch::python
