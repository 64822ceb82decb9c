// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/session.hpp"

#include <memory>
#include <pybind11/stl.h>
#include <utility>
#include <vector>

#include "flopwatch/error.hpp"
#include "flopwatch/torch/dispatcher.hpp"
#include "formula_answer.hpp"
#include "native.hpp"
#include "operator_rules.hpp"
#include "result.hpp"
#include "rules.hpp"
#include "session/session_state.hpp"
#include "watched.hpp"

namespace flopwatch::python {
namespace {

namespace py = pybind11;

/// One module object of the watched tree, as Python read it.
struct tree_module {
  void const* object = nullptr;
  module_record record;
  formula_family family = formula_family::macs;
  bool rule_is_zero = false;
  std::optional<thop_rule> rule;
};

struct tree_path {
  std::int64_t parent = 0;
  std::string name;
  void const* object = nullptr;
};

std::int64_t answer_of_python(module_call const& /*call*/) {
  if (!pending_answer) throw std::runtime_error("the rule was not asked about this call");
  auto const answer = std::exchange(pending_answer, std::nullopt);
  if (answer->failure) throw std::runtime_error(*answer->failure);
  return answer->amount;
}

tree_module read_module(py::dict const& d) {
  tree_module m;
  m.object = d["module"].ptr();
  m.record.type = py::cast<std::string>(d["type"]);
  m.record.library_type = py::cast<bool>(d["library_type"]);
  m.record.transparent = py::cast<bool>(d["transparent"]);
  m.record.opens_scope = true;
  m.record.parameters = py::cast<std::int64_t>(d["parameters"]);
  auto const origin = py::cast<std::string>(d["rule"]);
  m.record.rule = origin == "custom" ? rule_origin::custom
                  : origin == "thop" ? rule_origin::thop
                                     : rule_origin::none;
  m.record.rule_name = py::cast<std::string>(d["rule_name"]);
  m.family =
      py::cast<std::string>(d["family"]) == "operations" ? formula_family::operations : formula_family::macs;
  m.rule_is_zero = py::cast<bool>(d["rule_is_zero"]);
  if (!d["thop_rule"].is_none()) m.rule = py::cast<thop_rule>(d["thop_rule"]);
  return m;
}

void add(detail::module_names& names, tree_module const& m) {
  auto& info = names.add(m.object, m.record);
  info.family = m.family;
  info.rule_is_zero = m.rule_is_zero;
  if (m.rule) {
    info.rule = m.rule->amount;
  } else if (m.record.rule != rule_origin::none) {
    info.rule = &answer_of_python;
    info.rule_is_pure = false;
  }
}

class native_session {
 public:
  explicit native_session(session_options options) : session_(std::move(options)) {}
  native_session(native_session const&) = delete;
  native_session& operator=(native_session const&) = delete;
  ~native_session() { forget_objects(); }

  /// Reads the tree now; the objects must live until the session is gone.
  void watch(py::list const& modules, py::list const& paths, py::dict const& aliases) {
    std::vector<tree_module> all;
    for (auto const& m : modules) all.push_back(read_module(py::cast<py::dict>(m)));
    std::vector<tree_path> ways;
    for (auto const& p : paths) {
      auto const t = py::cast<py::tuple>(p);
      ways.push_back({py::cast<std::int64_t>(t[0]), py::cast<std::string>(t[1]), t[2].ptr()});
    }
    objects_.clear();
    for (auto const& m : all) objects_.emplace_back(m.object, m.object);
    for (auto const& [object, target] : aliases) objects_.emplace_back(object.ptr(), target.ptr());
    session_.state().read_tree = [all = std::move(all), ways = std::move(ways)] {
      detail::module_names names;
      for (auto const& m : all) add(names, m);
      for (auto const& w : ways) names.add_path(w.parent, w.name, w.object);
      return names;
    };
  }

  /// From now on a call of `object` is one of `module`, where that is watched. Both must live until the
  /// session is gone. \returns whether it is
  bool add_alias(py::handle object, py::handle module) {
    auto const found = watched_modules().find(module.ptr());
    if (found == watched_modules().end()) return false;
    auto const* const target = found->second;
    objects_.emplace_back(object.ptr(), target);
    watched_modules()[object.ptr()] = target;
    return true;
  }

  void set_info(std::string const& key, std::string const& value) {
    session_.state().final_info[key] = value;
  }

  void start(std::string const& pass) {
    if (pass == "formula") {
      free_of_gil([&] { session_.state().start_with_formula(); });
    } else {
      free_of_gil([&] { session_.state().start(pass == "owned"); });
    }
    watch_objects();
  }
  void count_operators() {
    free_of_gil([&] { session_.state().count_operators(); });
  }
  bool next_run() {
    bool again = false;
    free_of_gil([&] { again = session_.state().next_run(); });
    return again;
  }
  native_result stop() {
    forget_objects();
    std::optional<flopwatch::result> r;
    free_of_gil([&] { r = session_.state().stop(); });
    return {std::move(*r)};
  }
  void abandon() {
    forget_objects();
    free_of_gil([&] { session_.state().abandon(); });
  }

 private:
  /// Other threads may need the GIL to leave what the session waits for.
  template <class F>
  static void free_of_gil(F f) {
    py::gil_scoped_release const release;
    f();
  }
  void watch_objects() {
    watching_ = true;
    for (auto const& [object, target] : objects_) watched_modules()[object] = target;
  }
  /// Another session may watch the same objects.
  void forget_objects() {
    if (!std::exchange(watching_, false)) return;
    for (auto const& [object, target] : objects_) watched_modules().erase(object);
  }

  session session_;
  std::vector<std::pair<void const*, void const*>> objects_;
  bool watching_ = false;
};

std::unique_ptr<native_session> make_session(std::string device, std::string metrics,
                                             std::string const& replay_mode, std::string const& capture,
                                             std::string iteration, py::dict const& operator_rules) {
  session_options options;
  options.device = std::move(device);
  options.metrics = std::move(metrics);
  auto const mode = replay_mode_of(replay_mode);
  if (!mode)
    throw usage_error("there is no replay mode \"" + replay_mode + "\": take none, iteration or kernel");
  options.replay = *mode;
  options.capture = capture;
  options.iteration = std::move(iteration);
  options.operator_rules = operator_rules_of(operator_rules);
  return std::make_unique<native_session>(std::move(options));
}

}  // namespace

void bind_session(py::module_& m) {
  bind_operator_rules(m);
  m.def(
      "recording", [] { return detail::recording_active(); },
      "Whether a session of this process records now.");
  py::class_<native_session>(m, "Session")
      .def(py::init(&make_session), py::kw_only(), py::arg("device"), py::arg("metrics"),
           py::arg("replay_mode"), py::arg("capture"), py::arg("iteration"), py::arg("operator_rules"))
      .def("watch", &native_session::watch, py::arg("modules"), py::arg("paths"), py::arg("aliases"))
      .def("add_alias", &native_session::add_alias, py::arg("object"), py::arg("module"))
      .def("set_info", &native_session::set_info, py::arg("key"), py::arg("value"))
      .def("start", &native_session::start, py::arg("first_pass"))
      .def("count_operators", &native_session::count_operators)
      .def("next_run", &native_session::next_run)
      .def("stop", &native_session::stop)
      .def("abandon", &native_session::abandon);
}

}  // namespace flopwatch::python
