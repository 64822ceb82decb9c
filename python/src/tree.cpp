// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "tree.hpp"

#include <stdexcept>

#include <pybind11/stl.h>

#include "formula_answer.hpp"
#include "native.hpp"
#include "read_tree.hpp"

namespace flopwatch::python {
namespace {

namespace py = pybind11;

std::int64_t answer_of_python(module_call const& /*call*/) {
  if (!pending_answer) throw std::runtime_error("the rule was not asked about this call");
  auto const answer = std::exchange(pending_answer, std::nullopt);
  if (answer->failure) throw std::runtime_error(*answer->failure);
  return answer->amount;
}

rule_origin origin_of(std::string const& word) {
  if (word == "custom") return rule_origin::custom;
  return word == "thop" ? rule_origin::thop : rule_origin::none;
}

formula_unit unit_of(std::string const& word) {
  return word == "operations" ? formula_unit::operations : formula_unit::macs;
}

type_of_module make_type(std::string name, bool library_type, bool transparent, std::string const& rule,
                         std::string rule_name, std::string const& unit, std::string const& thop_rule,
                         py::object custom, bool is_wrapper, bool plain_children) {
  type_of_module t;
  t.record.type = std::move(name);
  t.record.library_type = library_type;
  t.record.transparent = transparent;
  t.record.opens_scope = true;
  t.record.rule = origin_of(rule);
  t.record.rule_name = std::move(rule_name);
  t.unit = unit_of(unit);
  t.rule_is_zero = thop_rule == "zero";
  if (!thop_rule.empty()) t.thop = &find_thop_rule(thop_rule);
  t.custom = std::move(custom);
  t.is_wrapper = is_wrapper;
  t.plain_children = plain_children;
  return t;
}

void set_rule(module_tree& tree, std::size_t index, std::string const& rule, std::string rule_name,
              std::string const& unit) {
  auto& m = tree.modules.at(index);
  m.record.rule = origin_of(rule);
  m.record.rule_name = std::move(rule_name);
  m.record.transparent = true;
  m.unit = unit_of(unit);
}

}  // namespace

detail::module_names module_tree::names() const {
  detail::module_names out;
  for (auto const& m : modules) {
    auto& info = out.add(m.object, m.record);
    info.unit = m.unit;
    info.rule_is_zero = m.rule_is_zero;
    if (m.rule) {
      info.rule = m.rule;
    } else if (m.record.rule != rule_origin::none) {
      info.rule = &answer_of_python;
      info.rule_is_pure = false;
    }
  }
  for (auto const& p : paths) out.add_path(p.parent, p.name, modules[p.module].object);
  out.types_never_met = types_never_met;
  out.drops_lone_name = drops_lone_name;
  return out;
}

void bind_tree(py::module_& m) {
  py::class_<type_of_module>(m, "TypeOfModule")
      .def(py::init(&make_type), py::kw_only(), py::arg("name"), py::arg("library_type"),
           py::arg("transparent"), py::arg("rule"), py::arg("rule_name"), py::arg("unit"),
           py::arg("thop_rule"), py::arg("custom"), py::arg("is_wrapper"), py::arg("plain_children"));
  py::class_<module_tree, std::shared_ptr<module_tree>>(m, "ModuleTree")
      .def_readonly("first_gpu", &module_tree::first_gpu)
      .def_readonly("on_meta", &module_tree::on_meta)
      .def_readwrite("types_never_met", &module_tree::types_never_met,
                     "Types that the user gave a rule for and no module has, one text each.")
      .def_readwrite(
          "drops_lone_name", &module_tree::drops_lone_name,
          "Of a group: where it has one root when the recording ends, that has no name in the capture.")
      .def("__len__", [](module_tree const& t) { return t.modules.size(); })
      .def("type_name", [](module_tree const& t, std::size_t i) { return t.modules.at(i).record.type; })
      .def("rule", [](module_tree const& t,
                      std::size_t i) { return std::string(to_string(t.modules.at(i).record.rule)); })
      .def("parameters",
           [](module_tree const& t, std::size_t i) { return t.modules.at(i).record.parameters; })
      .def("set_rule", &set_rule, py::arg("index"), py::arg("rule"), py::arg("rule_name"), py::arg("unit"),
           "Gives a module its own rule, whose answers `leave_with` passes on.");
  m.def(
      "read_tree",
      [](py::object const& root, py::function const& describe, py::function const& unwrap,
         std::size_t max_paths) {
        auto read = read_tree(root, describe, unwrap, max_paths);
        return py::make_tuple(read.tree, read.objects, read.aliases, read.custom);
      },
      py::arg("root"), py::arg("describe"), py::arg("unwrap"), py::arg("max_paths"),
      "(tree, its module objects, aliases, custom rules). The tree does not keep the objects alive.");
}

}  // namespace flopwatch::python
