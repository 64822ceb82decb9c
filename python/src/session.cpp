// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/session.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <pybind11/stl.h>

#include "cupti/driver.hpp"
#include "flopwatch/capture_records.hpp"
#include "flopwatch/diagnostics.hpp"
#include "flopwatch/error.hpp"
#include "flopwatch/torch/detail/dispatcher.hpp"
#include "native.hpp"
#include "operator_rules.hpp"
#include "readings.hpp"
#include "result.hpp"
#include "session/session_state.hpp"
#include "torch/script.hpp"
#include "tree.hpp"
#include "watched.hpp"

namespace flopwatch::python {
namespace {

namespace py = pybind11;

class native_session {
 public:
  explicit native_session(session_options options) : session_(std::move(options)) {}
  native_session(native_session const&) = delete;
  native_session& operator=(native_session const&) = delete;
  ~native_session() { forget_objects(); }

  /// The objects of the tree must live until the session is gone.
  void watch(std::shared_ptr<module_tree const> tree) {
    objects_.clear();
    objects_.reserve(tree->modules.size() + tree->aliases.size());
    for (auto const& m : tree->modules) objects_.emplace_back(m.object, m.object);
    objects_.insert(objects_.end(), tree->aliases.begin(), tree->aliases.end());
    tree_objects_ = objects_.size();
    session_.state().read_tree = [tree = std::move(tree)] { return tree->names(); };
  }

  /// While it records: watches the modules of a tree, too, that are not watched yet. Each object lives until
  /// the session is gone, or is given to `forget` when it dies.
  void watch_more(module_tree const& tree) {
    session_.state().name_more(tree.names());
    for (auto const& m : tree.modules) watch_object(m.object, m.object);
    for (auto const& [object, target] : tree.aliases) watch_object(object, target);
  }
  /// The object of that address is gone: another one that gets the address is not watched.
  void forget(std::uintptr_t address) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast,performance-no-int-to-ptr): as id() gives it
    auto const* const object = reinterpret_cast<void const*>(address);
    watched_modules().remove(object);
    session_.state().forget_name(object);
  }

  /// From now on a call of `object` is one of `module`, where that is watched. Both must live until the
  /// session is gone. \returns whether it is
  bool add_alias(py::handle object, py::handle module) {
    auto const* const found = watched_modules().find(module.ptr());
    if (found == nullptr) return false;
    objects_.emplace_back(object.ptr(), found->module);
    watched_modules().add({object.ptr(), found->module, found->info});
    return true;
  }

  void note_loss(std::string const& kind, std::string const& detail) {
    auto const* const known = loss::find(kind);
    if (known == nullptr) throw usage_error("there is no data loss \"" + kind + "\"");
    session_.state().note_loss(make_loss(*known, 1, detail));
  }

  void set_info(std::string const& key, std::string const& value) {
    session_.state().final_info[key] = value;
  }

  void start(std::string const& pass) {
    result_.reset();
    if (pass == "formula") {
      free_of_gil([&] { session_.state().start_with_formula(); });
    } else {
      free_of_gil([&] { session_.state().start(pass == "owned"); });
    }
    watch_objects();
  }
  void count_operators() {
    try {
      free_of_gil([&] { session_.state().count_operators(); });
    } catch (...) {
      forget_objects();  // the recording is gone
      throw;
    }
  }
  bool next_run() {
    bool again = false;
    free_of_gil([&] { again = session_.state().next_run(); });
    return again;
  }
  /// Ends the recording; does nothing where none runs. `interrupted`: by what it ended before its end; empty
  /// where it did not.
  void finish(std::string const& interrupted) {
    forget_objects();
    auto& state = session_.state();
    if (state.of_parent()) state.abandon();  // a child that leaves its parent's block goes on
    if (!state.recording_now()) return;
    free_of_gil([&] { result_ = interrupted.empty() ? state.stop() : state.stop_early(interrupted); });
  }
  /// Of the recording that `finish` has ended; None without one.
  [[nodiscard]] std::optional<native_result> result() const {
    if (!result_) return std::nullopt;
    return native_result{*result_};
  }
  /// What launches did since the mark, and operators since the last call, while it records.
  py::dict reused_since(reuse_mark& mark) {
    reused_work work;
    free_of_gil([&] { work = session_.reused_since(mark); });
    return reading_of(work);
  }
  py::tuple read_operators() {
    operators_reading read;
    free_of_gil([&] { read = session_.state().read_operators(); });
    return reading_of(read);
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
  void watch_object(void const* object, void const* target) {
    if (watched_modules().find(object) != nullptr) return;
    watched_modules().add({object, target, session_.state().names()->find(target)});
  }
  void watch_objects() {
    watched_modules().begin(this);
    auto const* const names = session_.state().names();
    for (auto const& [object, target] : objects_)
      watched_modules().add({object, target, names->find(target)});
  }
  void forget_objects() {
    watched_modules().end(this);
    objects_.resize(tree_objects_);  // wrappers that were met live no longer than the recording
  }

  session session_;
  std::optional<flopwatch::result> result_;
  std::vector<std::pair<void const*, void const*>> objects_;
  std::size_t tree_objects_ = 0;
};

std::unique_ptr<native_session> make_session(
    std::string device, std::string metrics, std::string const& replay_mode, std::string const& capture,
    bool overwrite, std::string iteration, std::vector<std::string> tensor_types, int scope_depth,
    bool isolate_ranges, std::vector<std::string> waiting_kernels, std::string kernel,
    std::int64_t launch_skip, std::int64_t launch_count, double budget, double learning_s, int checks,
    bool audits, bool windows, std::vector<std::string> variable_kernels, py::dict const& operator_rules,
    py::dict const& library_operator_rules, std::string const& raw) {
  session_options options;
  options.device = std::move(device);
  options.metrics = std::move(metrics);
  auto const mode = parse_replay_mode(replay_mode);
  if (!mode)
    throw usage_error("there is no replay mode \"" + replay_mode + "\": take none, iteration or kernel");
  options.replay = *mode;
  auto const kept = parse_raw_choice(raw);
  if (!kept) throw usage_error("raw is \"" + raw + "\": take all, sample or none");
  options.raw = *kept;
  options.capture = capture;
  options.overwrite = overwrite;
  options.iteration = std::move(iteration);
  options.tensor_types = std::move(tensor_types);
  options.scope_depth = scope_depth;
  options.isolate_ranges = isolate_ranges;
  options.waiting_kernels = std::move(waiting_kernels);
  options.launches = {std::move(kernel), launch_skip, launch_count};
  options.reuse.budget = budget;
  options.reuse.learning_s = learning_s;
  options.reuse.checks = checks;
  options.reuse.audits = audits;
  options.reuse.windows = windows;
  options.reuse.variable_kernels = std::move(variable_kernels);
  options.operator_rules = operator_rules_of(operator_rules);
  options.library_operator_rules = operator_rules_of(library_operator_rules);
  return std::make_unique<native_session>(std::move(options));
}

}  // namespace

void bind_session(py::module_& m) {
  torch_layer::script_modules_are_hooked();
  bind_operator_rules(m);
  bind_readings(m);
  m.def(
      "recording", [] { return detail::recording_active(); },
      "Whether a session of this process records now.");
  m.def(
      "visible_gpus", [] { return detail::cuda_driver().devices.size(); },
      "How many GPUs the driver shows to this process.");
  py::class_<native_session>(m, "Session")
      .def(py::init(&make_session), py::kw_only(), py::arg("device"), py::arg("metrics"),
           py::arg("replay_mode"), py::arg("capture"), py::arg("overwrite"), py::arg("iteration"),
           py::arg("tensor_types"), py::arg("scope_depth"), py::arg("isolate_ranges"),
           py::arg("waiting_kernels"), py::arg("kernel"), py::arg("launch_skip"), py::arg("launch_count"),
           py::arg("budget"), py::arg("learning_s"), py::arg("checks"), py::arg("audits"), py::arg("windows"),
           py::arg("variable_kernels"), py::arg("operator_rules"), py::arg("library_operator_rules"),
           py::arg("raw") = "sample")
      .def("watch", &native_session::watch, py::arg("tree"))
      .def("watch_more", &native_session::watch_more, py::arg("tree"))
      .def("forget", &native_session::forget, py::arg("address"))
      .def("note_loss", &native_session::note_loss, py::arg("kind"), py::arg("detail"))
      .def("add_alias", &native_session::add_alias, py::arg("object"), py::arg("module"))
      .def("set_info", &native_session::set_info, py::arg("key"), py::arg("value"))
      .def("start", &native_session::start, py::arg("first_pass"))
      .def("count_operators", &native_session::count_operators)
      .def("next_run", &native_session::next_run)
      .def("finish", &native_session::finish, py::arg("interrupted") = "")
      .def("result", &native_session::result)
      .def("reused_since", &native_session::reused_since, py::arg("mark"))
      .def("read_operators", &native_session::read_operators)
      .def("abandon", &native_session::abandon);
}

}  // namespace flopwatch::python
