// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "operator_rules.hpp"

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include <ATen/PythonTorchFunctionTLS.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/utils/torch_dispatch_mode.h>

#include "cleanup.hpp"
#include "flopwatch/error.hpp"

namespace flopwatch::python {
namespace {

namespace py = pybind11;

/// Name in the module `torch`; empty where the format has none.
constexpr std::string_view torch_name(scalar_type t) {
  switch (t) {
    case scalar_type::f64:
      return "float64";
    case scalar_type::f32:
      return "float32";
    case scalar_type::f16:
      return "float16";
    case scalar_type::bf16:
      return "bfloat16";
    case scalar_type::c64:
      return "complex64";
    case scalar_type::c128:
      return "complex128";
    case scalar_type::i64:
      return "int64";
    case scalar_type::i32:
      return "int32";
    case scalar_type::i16:
      return "int16";
    case scalar_type::i8:
      return "int8";
    case scalar_type::u8:
      return "uint8";
    case scalar_type::boolean:
      return "bool";
    case scalar_type::c32:
      return "complex32";
    case scalar_type::f8:
    case scalar_type::f4:
    case scalar_type::quantized:
    case scalar_type::other:
      break;
  }
  return {};
}

py::object dtype_of(tensor_arg const& t) {
  auto const name = torch_name(t.dtype);
  if (name.empty()) return py::none();
  return py::module_::import("torch").attr(py::str(name.data(), name.size()));
}

py::tuple sizes_of(tensor_arg const& t) {
  py::tuple out(t.sizes.size());
  for (std::size_t i = 0; i < t.sizes.size(); ++i) out[i] = py::int_(t.sizes[i]);
  return out;
}

struct to_python {
  py::object operator()(std::monostate /*none*/) const { return py::none(); }
  py::object operator()(tensor_arg const& t) const { return py::cast(t); }
  py::object operator()(std::vector<tensor_arg> const& all) const {
    py::list out;
    for (auto const& t : all) out.append(py::cast(t));
    return out;
  }
  py::object operator()(std::int64_t v) const { return py::int_(v); }
  py::object operator()(bool v) const { return py::bool_(v); }
  py::object operator()(double v) const { return py::float_(v); }
  py::object operator()(std::vector<std::int64_t> const& all) const {
    py::list out;
    for (auto const v : all) out.append(py::int_(v));
    return out;
  }
  py::object operator()(packed_arg const& packed) const { return (*this)(packed.tensors); }
  py::object operator()(opaque_arg /*opaque*/) const { return py::ellipsis(); }
};

operator_work work_of(py::object const& answer) {
  auto const parts = py::cast<py::tuple>(answer);
  if (parts.size() != 4) throw rule_error("the rule must return (macs, useful_macs, other_flops, precision)");
  operator_work out;
  out.amount = {py::cast<std::int64_t>(parts[0]), py::cast<std::int64_t>(parts[1]),
                py::cast<std::int64_t>(parts[2])};
  if (!parts[3].is_none()) {
    auto const named = parse_precision(py::cast<std::string>(parts[3]));
    if (!named) throw rule_error("the rule named an unknown precision: " + py::cast<std::string>(parts[3]));
    out.precision = *named;
  }
  return out;
}

/// While one lives no mode and no subclass of the user's (a FlopCounterMode, say) sees what this thread runs,
/// and no gradients are recorded. Native, so that an interrupt cannot leave the user's modes away.
class without_modes {
 public:
  without_modes() : function_(at::impl::PythonTorchFunctionTLS::get_state()) {
    at::impl::PythonTorchFunctionTLS::set_disabled_state(at::impl::ALL_DISABLED);
  }
  ~without_modes() { at::impl::PythonTorchFunctionTLS::set_state(function_); }
  without_modes(without_modes const&) = delete;
  without_modes& operator=(without_modes const&) = delete;

 private:
  torch::torch_dispatch_mode::StashTorchDispatchStackGuard dispatch_;
  at::impl::PythonTorchFunctionTLS function_;
  c10::AutoGradMode gradients_{false};
};

operator_work ask(py::object const& rule, operator_call const& call) {
  py::gil_scoped_acquire const gil;
  without_modes const alone;
  try {
    py::list args;
    for (auto const& a : call.args) args.append(std::visit(to_python{}, a));
    return work_of(rule(py::str(call.name.data(), call.name.size()),
                        py::str(call.overload.data(), call.overload.size()), args));
  } catch (py::error_already_set& e) {
    if (!e.matches(PyExc_Exception)) {  // Ctrl-C, or an exit of the program: the operator must not throw it
      auto const name = py::cast<std::string>(e.type().attr("__name__"));
      raise_later(std::move(e));
      throw rule_error("the rule was ended by " + name);
    }
    // The text of the exception alone: its traceback is of no use in a table.
    throw rule_error(py::cast<std::string>(py::str(e.value())));
  } catch (py::cast_error const&) {
    throw rule_error("the rule returned something else than whole numbers of up to 64 bits");
  }
}

}  // namespace

std::map<std::string, operator_rule_function> operator_rules_of(py::dict const& rules) {
  std::map<std::string, operator_rule_function> out;
  for (auto const& [name, function] : rules) {
    // Dropped by whoever drops the last copy, with or without the GIL.
    std::shared_ptr<py::object> const kept(new py::object(py::reinterpret_borrow<py::object>(function)),
                                           [](py::object* p) {
                                             if (Py_IsInitialized() == 0) return;
                                             py::gil_scoped_acquire const gil;
                                             delete p;
                                           });
    out[py::cast<std::string>(name)] = [kept](operator_call const& call) { return ask(*kept, call); };
  }
  return out;
}

void bind_operator_rules(py::module_& m) {
  py::class_<tensor_arg>(m, "TensorArg")
      .def_property_readonly("sizes", &sizes_of)
      .def_property_readonly("dtype", &dtype_of)
      .def_readonly("defined", &tensor_arg::defined)
      .def_property_readonly("stored", [](tensor_arg const& t) { return t.stored; })
      .def_property_readonly("is_strided",
                             [](tensor_arg const& t) { return t.layout == tensor_layout::strided; });
}

}  // namespace flopwatch::python
