// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "read_tree.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include <pybind11/stl.h>

#include "count_parameters.hpp"
#include "flopwatch/error.hpp"

namespace flopwatch::python {
namespace {

namespace py = pybind11;

struct way {
  std::int64_t parent;
  std::string name;
  py::object module;
};

class tree_reader {
 public:
  tree_reader(py::function const& describe, py::function const& unwrap, std::size_t max_paths)
      : describe_(describe),
        unwrap_(unwrap),
        max_paths_(max_paths),
        parameters_(py::module_::import("torch").attr("nn").attr("Parameter")) {}

  tree_and_objects read(py::object const& root) {
    std::vector<way> open;  // an explicit stack: models may be deeper than the machine's
    open.push_back({0, "", unwrapped(root)});
    while (!open.empty()) {
      auto const next = std::move(open.back());
      open.pop_back();
      if (tree_->paths.size() >= max_paths_) {
        throw usage_error(
            "the watched model has more than a million ways from its root to its modules (modules shared by "
            "shared modules): watch a part of it");
      }
      auto const index = index_of(next.module);
      tree_->paths.push_back({next.parent, next.name, index});
      auto const path = static_cast<std::int64_t>(tree_->paths.size());
      parameters_.hold(next.module, path);
      auto const begin = static_cast<std::ptrdiff_t>(open.size());
      add_children(next.module, path, open);
      std::reverse(open.begin() + begin, open.end());
    }
    auto const totals = parameters_.totals(tree_->paths);
    for (auto at = tree_->paths.size(); at-- > 0;) {
      tree_->modules[tree_->paths[at].module].record.parameters = totals[at + 1];
    }
    tree_->first_gpu = parameters_.first_gpu();
    tree_->on_meta = parameters_.on_meta();
    return {tree_, objects_, aliases_, custom_};
  }

 private:
  type_of_module const& type_of(py::handle module) {
    auto const type = py::type::handle_of(module);
    auto const found = types_.find(type.ptr());
    if (found != types_.end()) return found->second;
    return types_.emplace(type.ptr(), py::cast<type_of_module>(describe_(type))).first->second;
  }

  py::object unwrapped(py::object const& module) {
    if (!type_of(module).is_wrapper) return module;
    py::object inner = unwrap_(module);
    if (!inner.is(module)) {
      aliases_[module] = inner;
      tree_->aliases.emplace_back(module.ptr(), inner.ptr());
    }
    return inner;
  }

  /// Of the module among those that were met; equal ones are one, as in torch's own `modules()`.
  std::size_t index_of(py::object const& module) {
    if (auto* const known = PyDict_GetItemWithError(known_.ptr(), module.ptr()); known != nullptr) {
      return PyLong_AsSize_t(known);
    }
    if (PyErr_Occurred() != nullptr) throw py::error_already_set();
    auto const index = tree_->modules.size();
    known_[module] = py::int_(index);
    auto const& common = type_of(module);
    objects_.append(module);
    tree_->modules.push_back(
        {module.ptr(), common.record, common.unit, common.rule_is_zero, rule_of(common, module)});
    if (!common.custom.is_none()) custom_[module] = common.custom;
    return index;
  }

  static rule_amount rule_of(type_of_module const& common, py::object const& module) {
    if (common.thop == nullptr) return {};
    try {
      return common.thop->of(module);
    } catch (py::error_already_set& e) {
      if (!e.matches(PyExc_AttributeError) && !e.matches(PyExc_TypeError) && !e.matches(PyExc_IndexError) &&
          !e.matches(PyExc_OverflowError))
        throw;
    }
    return {};  // its calls then fail one by one, which is a data loss with their number
  }

  void add_child(std::int64_t path, py::handle name, py::handle child, std::vector<way>& open) {
    auto module = unwrapped(py::reinterpret_borrow<py::object>(child));
    open.push_back({path, py::cast<std::string>(name), std::move(module)});
  }

  void add_children(py::object const& module, std::int64_t path, std::vector<way>& open) {
    py::object const children = module.attr(modules_key_);
    if (!type_of(module).plain_children || !PyDict_CheckExact(children.ptr()) ||
        py::cast<py::dict>(module.attr("__dict__")).contains(named_children_key_)) {
      for (auto const pair : module.attr("named_children")()) {
        auto const t = py::cast<py::tuple>(pair);
        add_child(path, t[0], t[1], open);
      }
      return;
    }
    if (PyDict_GET_SIZE(children.ptr()) == 0) return;
    py::set seen;  // named_children gives an object once
    PyObject* name = nullptr;
    PyObject* child = nullptr;
    Py_ssize_t at = 0;
    auto const copy = py::reinterpret_steal<py::dict>(PyDict_Copy(children.ptr()));
    while (PyDict_Next(copy.ptr(), &at, &name, &child) != 0) {
      if (child == Py_None || seen.contains(py::handle(child))) continue;
      seen.add(py::handle(child));
      add_child(path, name, child, open);
    }
  }

  py::function const& describe_;
  py::function const& unwrap_;
  std::size_t max_paths_;
  std::unordered_map<PyObject*, type_of_module> types_;
  py::dict known_, aliases_, custom_;
  py::list objects_;
  py::str modules_key_{"_modules"};
  py::str named_children_key_{"named_children"};
  parameter_count parameters_;
  std::shared_ptr<module_tree> tree_ = std::make_shared<module_tree>();
};

}  // namespace

tree_and_objects read_tree(py::object const& root, py::function const& describe, py::function const& unwrap,
                           std::size_t max_paths) {
  return tree_reader(describe, unwrap, max_paths).read(root);
}

}  // namespace flopwatch::python
