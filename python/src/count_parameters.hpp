// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <pybind11/pybind11.h>

#include "tree.hpp"

namespace flopwatch::python {

/// Counts the elements of parameters in and below each path, each parameter once: one pass from the leaves to
/// the root, where `Module.parameters()` of every module would walk the tree once for each.
class parameter_count {
 public:
  /// `parameter_type`: torch.nn.Parameter
  explicit parameter_count(pybind11::object parameter_type) : type_(std::move(parameter_type)) {}

  /// Takes in the tensors that `module` itself holds, at its path `path` (from 1).
  void hold(pybind11::handle module, std::int64_t path);
  /// By the number of the path, from 1. Once.
  [[nodiscard]] std::vector<std::int64_t> totals(std::vector<tree_path> const& paths);
  [[nodiscard]] std::optional<int> first_gpu() const noexcept { return first_gpu_; }
  /// A tensor is on the meta device. Known where none is on a GPU.
  [[nodiscard]] bool on_meta() const noexcept { return on_meta_; }

 private:
  struct held {
    pybind11::object parameter;
    std::int64_t path;
    std::int64_t elements;
  };
  void hold_parameter(PyObject* parameter, std::int64_t path);
  void look_at_device(PyObject* tensor);
  [[nodiscard]] std::int64_t elements_of(PyObject* parameter) const;

  pybind11::object type_;
  pybind11::str parameters_key_{"_parameters"};
  pybind11::str buffers_key_{"_buffers"};
  std::vector<held> held_;
  std::optional<int> first_gpu_;
  bool on_meta_ = false;
};

}  // namespace flopwatch::python
