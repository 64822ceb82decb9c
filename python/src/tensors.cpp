// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "tensors.hpp"

#include <torch/csrc/autograd/python_variable.h>

#include "flopwatch/module_rule.hpp"
#include "recording/recording.hpp"

namespace flopwatch::python {
namespace {

namespace py = pybind11;

/// Deeper nesting than any module's arguments have; a structure that holds itself ends here.
constexpr int max_depth = 16;

class collector {
 public:
  explicit collector(std::vector<std::int64_t>& words) : words_(words) {}

  /// \returns the number of tensors
  std::int64_t add(py::handle h, int depth = 0) {
    auto* const p = h.ptr();
    if (p == nullptr || p == Py_None || depth > max_depth) return 0;
    if (THPVariable_Check(p)) return add_tensor(THPVariable_Unpack(p));
    if (PyTuple_Check(p)) return add_tuple(h, depth);
    if (PyList_Check(p)) {
      std::int64_t tensors = 0;
      for (Py_ssize_t i = 0; i < PyList_GET_SIZE(p); ++i) tensors += add(PyList_GET_ITEM(p, i), depth + 1);
      return tensors;
    }
    if (PyDict_Check(p)) {
      std::int64_t tensors = 0;
      PyObject* key = nullptr;
      PyObject* value = nullptr;
      Py_ssize_t at = 0;
      while (PyDict_Next(p, &at, &key, &value) != 0) tensors += add(value, depth + 1);
      return tensors;
    }
    return 0;
  }

  [[nodiscard]] std::int64_t max_batch() const noexcept { return max_batch_; }
  [[nodiscard]] std::int64_t steps() const noexcept { return steps_; }

 private:
  std::int64_t add_tensor(at::Tensor const& t) {
    if (!t.defined()) return 0;
    if (t.is_nested()) return add_nested(t);
    auto const sizes = t.sizes();
    words_.push_back(static_cast<std::int64_t>(sizes.size()));
    words_.insert(words_.end(), sizes.begin(), sizes.end());
    return 1;
  }

  std::int64_t add_nested(at::Tensor const& t) {
    auto const rank = t.dim();
    words_.push_back(-1 - rank);
    if (t.layout() == c10::kStrided) {  // it has no sizes, only elements; the same to thop
      words_.insert(words_.end(), static_cast<std::size_t>(rank), module_call::ragged);
      words_.push_back(t.numel());
      return 1;
    }
    // A class in Python answers for it.
    detail::mute const quiet;
    for (auto const& size : t.sym_sizes())
      words_.push_back(size.maybe_as_int().value_or(module_call::ragged));
    words_.push_back(t.sym_numel().guard_int(__FILE__, __LINE__));
    return 1;
  }

  std::int64_t add_tuple(py::handle h, int depth) {
    auto* const p = h.ptr();
    if (!PyTuple_CheckExact(p) && py::hasattr(h, "batch_sizes") && py::hasattr(h, "sorted_indices")) {
      return add_packed(h);
    }
    std::int64_t tensors = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(p); ++i) tensors += add(PyTuple_GET_ITEM(p, i), depth + 1);
    return tensors;
  }

  std::int64_t add_packed(py::handle h) {
    bool const first = words_.size() == 1;  // of the inputs: behind their number
    auto const tensors = add(h.attr("data"), max_depth);
    py::object const sizes = h.attr("batch_sizes");
    if (first && THPVariable_Check(sizes.ptr())) {
      auto const& batch_sizes = THPVariable_Unpack(sizes.ptr());
      if (batch_sizes.defined() && batch_sizes.numel() != 0 && batch_sizes.device().is_cpu()) {
        max_batch_ = batch_sizes.data_ptr<std::int64_t>()[0];
        steps_ = batch_sizes.numel();
      }
    }
    return tensors;
  }

  std::vector<std::int64_t>& words_;
  std::int64_t max_batch_ = -1;
  std::int64_t steps_ = -1;
};

}  // namespace

bool call_words(py::handle args, py::handle output, std::vector<std::int64_t>& words) {
  try {
    words.clear();
    collector c(words);
    for (auto const part : {args, output}) {
      auto const count_at = words.size();
      words.push_back(0);
      words[count_at] = c.add(part);
    }
    words.push_back(c.max_batch());
    words.push_back(c.steps());
    return true;
  } catch (py::error_already_set&) {
    return false;
  } catch (c10::Error const&) {
    return false;
  }
}

}  // namespace flopwatch::python
