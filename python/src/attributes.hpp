// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <pybind11/pybind11.h>

namespace flopwatch::python {

/// The name of an attribute, made once: a tree has thousands of modules. Lives as long as the interpreter.
class attribute {
 public:
  explicit attribute(char const* name);

  /// \throws what reading the attribute raises
  [[nodiscard]] pybind11::object of(pybind11::handle object) const;

  /// False where the object has none. \throws what else reading the attribute raises
  [[nodiscard]] pybind11::object of_or_false(pybind11::handle object) const;

  /// The value under that key of a dict, by no method of a subclass; null when it is no dict, or has none.
  [[nodiscard]] pybind11::object in(pybind11::handle dict) const;

 private:
  PyObject* name_;
};

/// \throws a TypeError for what is no whole number, an OverflowError for one beyond 64 bits
[[nodiscard]] std::int64_t whole(pybind11::object const& value);

/// \throws what asking the value for its truth raises
[[nodiscard]] bool is_true(pybind11::object const& value);

/// The sizes of a tensor without the first `skipped` ones. A subclass is asked for its `shape`.
/// \throws what reading the shape raises, and what `whole` throws
[[nodiscard]] std::vector<std::int64_t> sizes_after(pybind11::handle tensor, std::size_t skipped);

}  // namespace flopwatch::python
