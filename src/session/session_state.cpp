// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "session/session_state.hpp"

#include <cstddef>
#include <set>
#include <unistd.h>
#include <utility>

#include "capture/file_size_signal.hpp"
#include "capture/now_utc.hpp"
#include "capture/path_pattern.hpp"
#include "collect/measurer.hpp"
#include "cupti/driver.hpp"
#include "recording/other_profilers.hpp"
#include "session/check_options.hpp"
#include "session/ended_recording.hpp"

namespace flopwatch::detail {
session_state::session_state(session_options o) : options(std::move(o)) {
  check_options(options);
  describe_device(choose_device(options.device));
}

session_state::session_state(session_options o, device_choice const& device) : options(std::move(o)) {
  check_options(options);
  describe_device(device);
}

void session_state::describe_device(device_choice const& device) {
  info[info_key::program] = std::string("flopwatch ") + FLOPWATCH_VERSION;
  info[info_key::device] = device.name;
  if (!device.gpu.empty()) info[info_key::gpu] = device.gpu;
  if (!device.driver.empty()) info[info_key::driver] = device.driver;
  info[info_key::measured] = "not collected";
  info[info_key::measured_reason] = device.why_not_measured;
  device_ = device.index;
}

session_state::~session_state() { leave(); }

bool session_state::of_parent() const noexcept { return state_ != state::idle && process_ != getpid(); }

void session_state::require_idle() {
  if (of_parent()) forget_parents();
  if (state_ != state::idle) throw session_error("this session is recording already: stop it first");
  if (recording_active()) throw nested_session();
}

void session_state::make_measurer(bool owns_function) {
  if (device_ < 0) return;
  try {
    measurer_ =
        collect::make_measurer({device_, options.metrics, options.tensor_types, options.replay, owns_function,
                                options.max_ranges, options.raw, options.scope_depth, options.isolate_ranges,
                                options.waiting_kernels, options.launches, options.reuse});
    recorders_.push_back(measurer_.get());
  } catch (cupti_error const& e) {
    counters_refused(e);
  }
}

void session_state::counters_refused(error const& why) {
  // The operator and formula columns need no counters.
  refusal_ = run_info_[info_key::measured_reason] = why.what();
  refusal_code_ = why.code();
}

std::unique_ptr<recording> session_state::make_recording() const {
  auto rules = options.operator_rules;
  std::set<std::string> unsought;
  for (auto const& [name, rule] : options.library_operator_rules) {
    if (rules.try_emplace(name, rule).second) unsought.insert(name);
  }
  return std::make_unique<recording>(read_tree ? read_tree() : module_names{}, std::move(rules),
                                     options.max_rows, std::move(unsought));
}

void session_state::start(bool owns_function, recorded_pass first) {
  require_idle();  // before CUPTI is asked anything, which it refuses while it counts for another
  auto next = make_recording();
  run_info_ = info;
  auto const process = this_process();
  describe(process, run_info_);
  noted_.clear();
  refusal_.clear();
  failure_.clear();
  bool const by_iteration = !owns_function && !options.iteration.empty() && !reuses();
  measurer_.reset();
  recorders_ = registered_recorders();
  make_measurer(owns_function || by_iteration);
  if (measurer_) {
    forget_met_profilers();
    profilers_ = other_profilers();
  }
  process_ = getpid();
  next->set_pass(first);
  if (!by_iteration) next->activate();
  active_ = std::move(next);
  state_ = state::waiting;
  try {
    writer_ = std::make_unique<capture_writer>(
        options.capture.empty()
            ? capture_writer::in_memory()
            : capture_writer(expand_pattern(options.capture.native(), process), options.overwrite));
    if (!options.capture.empty()) {
      for (auto const& [key, value] : run_info_) writer_->set_info(key, value);
      for (auto const& [key, value] : final_info) writer_->set_info(key, value);
      writer_->set_info(info_key::created_utc, capture_detail::now_utc());
      if (measurer_) {
        writer_->set_info(info_key::measured_reason, "the recording ended before its counters were written");
      }
      file_ = std::make_unique<running_file>(*active_, *writer_);
      if (measurer_) file_->take(measurer_->so_far());
    }
    if (by_iteration) {
      watch_.emplace(options.iteration, static_cast<iteration_listener&>(*this));
    } else if (first != recorded_pass::formula) {
      begin_recording();
    }
  } catch (...) {
    abandon();
    throw;
  }
}

void session_state::name_more(module_names const& more) {
  if (active_ == nullptr || of_parent())
    throw session_error("this session is not recording: watch before start()");
  active_->name_more(more);
}

void session_state::forget_name(void const* module) {
  if (active_ != nullptr && !of_parent()) active_->forget_name(module);
}

void session_state::note_loss(data_loss_record loss) {
  if (active_ == nullptr || of_parent())
    throw session_error("this session is not recording: call start() first");
  noted_.push_back(std::move(loss));
}

void session_state::count_operators() {
  if (state_ != state::waiting || active_->pass() != recorded_pass::formula) {
    throw session_error("this session has no pass for the formula: call start_with_formula() first");
  }
  active_->set_pass(recorded_pass::operators);
  run_info_[info_key::formula_forward] = "its own";
  try {
    begin_recording();
  } catch (...) {
    abandon();
    throw;
  }
}

void session_state::begin_recording() {
  for (auto* const r : recorders_) {
    r->attach(*active_);
    attached_.push_back(r);
  }
  begin_run();
  begin_steps();
}

void session_state::begin_steps() {
  if (!reuses() || !measurer_) return;
  watch_.emplace(options.iteration, static_cast<iteration_listener&>(*this));
  if (options.iteration.empty()) measurer_->step_begins();
}

void session_state::join_device(std::string const& device) noexcept {
  std::lock_guard const lock(turns_);
  try {
    describe_device(choose_device(device));
    for (auto const& [key, value] : info) run_info_[key] = value;
    make_measurer(!options.iteration.empty() && !reuses());
    if (!measurer_) return;
    if (file_) {
      auto known = info;
      known.erase(info_key::measured);  // the measurer says so
      known.erase(info_key::measured_reason);
      file_->take(measurer_->so_far(), std::move(known));
    }
    forget_met_profilers();
    profilers_ = other_profilers();
    if (state_ != state::running) return;  // the first iteration attaches it
    measurer_->attach(*active_);
    attached_.push_back(measurer_.get());
    try {
      measurer_->begin_run();
      begin_steps();
    } catch (cupti_error const& e) {
      leave_out(*measurer_, e);
    }
  } catch (error const& e) {
    counters_refused(e);
  } catch (std::exception const& e) {
    counters_refused(cupti_error(e.what(), exit_code::no_device));
  }
}

void session_state::begin_run() {
  state_ = state::running;
  for (auto* const r : std::vector(attached_)) {
    try {
      r->begin_run();
    } catch (cupti_error const& e) {
      leave_out(*r, e);
    }
  }
}

void session_state::leave_out(recorder& r, cupti_error const& why) {
  r.detach();
  std::erase(attached_, &r);
  std::erase(recorders_, &r);
  counters_refused(why);
  if (&r != measurer_.get()) return;
  if (file_) file_->drop_source();
  measurer_.reset();
}

void session_state::end_run() noexcept {
  if (state_ != state::running) return;
  state_ = state::between;
  for (auto i = attached_.size(); i-- > 0;) {
    if (!attached_[i]->end_run()) continue;
    attached_[i]->detach();
    attached_.erase(attached_.begin() + static_cast<std::ptrdiff_t>(i));
  }
  if (reuses()) watch_.reset();
  active_->deactivate();  // operators are counted once; further runs are for the counters alone
  for (auto i = attached_.size(); i-- > 0;) {
    if (attached_[i]->needs_run()) continue;
    attached_[i]->detach();
    attached_.erase(attached_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

void session_state::iteration_begins() noexcept {
  if (reuses()) return measurer_->step_begins();
  std::lock_guard const lock(turns_);
  try {
    if (state_ == state::waiting) {
      active_->activate();
      begin_recording();
    } else if (state_ == state::between && !attached_.empty()) {
      begin_run();
    }
  } catch (std::exception const& e) {
    state_ = state::failed;
    failure_ = e.what();
    detach_all();
    active_->deactivate();
  }
}

void session_state::iteration_ends() noexcept {
  if (reuses()) return measurer_->step_ends();
  std::lock_guard const lock(turns_);
  end_run();
}

void session_state::detach_all() noexcept {
  for (auto r = attached_.rbegin(); r != attached_.rend(); ++r) (*r)->detach();
  attached_.clear();
}

bool session_state::next_run() {
  end_run();
  if (attached_.empty()) return false;
  begin_run();
  return !attached_.empty();
}

void session_state::abandon() noexcept {
  if (of_parent()) {
    forget_parents();
    return;
  }
  watch_.reset();
  detach_all();
  recorders_.clear();
  file_.reset();  // before what it reads
  measurer_.reset();
  operators_.reset();
  active_.reset();
  state_ = state::idle;
  if (writer_) writer_->discard();
  writer_.reset();
}

void session_state::leave() noexcept {
  if (file_ && !of_parent()) {
    watch_.reset();
    end_run();
    active_->deactivate();
    file_->finish();
    file_.reset();
    writer_.reset();  // as it is: the part file stays, without the mark
  }
  abandon();
}

void session_state::forget_parents() noexcept {
  // To end the parent's thread, or to close its file, would be to touch what it still uses.
  static_cast<void>(file_.release());
  operators_.reset();
  static_cast<void>(active_.release());
  static_cast<void>(writer_.release());
  watch_.reset();
  attached_.clear();
  recorders_.clear();
  measurer_.reset();
  state_ = state::idle;
}

reused_work session_state::reused_since(reuse_mark& mark) const {
  if (!reuses()) {
    throw usage_error(
        "what is reused is known in replay mode reuse alone: set session_options::replay to it");
  }
  if (state_ == state::idle || of_parent()) {
    throw session_error("this session is not recording: call start() first");
  }
  if (measurer_) return measurer_->reused_since(mark);
  reused_work out;
  out.refusal = refusal_.empty() ? run_info_.at(info_key::measured_reason) : refusal_;
  return out;
}

operators_reading session_state::read_operators() {
  if (state_ == state::idle || of_parent()) {
    throw session_error("this session is not recording: call start() first");
  }
  if (!operators_) operators_.emplace(*active_);
  return operators_->read();
}

std::vector<data_loss_record> session_state::losses_of_run(state last) {
  std::vector<data_loss_record> out;
  if (!refusal_.empty()) out.push_back(make_loss(loss_of_refusal(refusal_code_), 1, refusal_));
  if (last == state::waiting || last == state::failed) {
    out.push_back(make_loss(loss::iteration_not_seen, 1, failure_));
  }
  for (auto& l : std::exchange(noted_, {})) out.push_back(std::move(l));
  if (measurer_ == nullptr) return out;
  profilers_.merge(other_profilers());
  std::string names;
  for (auto const& name : profilers_) names += (names.empty() ? "" : ", ") + name;
  if (!names.empty()) {
    out.push_back(make_loss(loss::other_profiler, static_cast<std::int64_t>(profilers_.size()), names));
  }
  return out;
}

result session_state::stop(std::string const& early) {
  if (of_parent()) {
    throw session_error(
        "this session was started by the process that this one was forked from, which goes on recording; start "
        "a session of its own here");
  }
  if (state_ == state::idle) throw session_error("this session is not recording: call start() first");
  watch_.reset();
  end_run();
  detach_all();
  active_->deactivate();
  file_.reset();
  operators_.reset();
  run_info_[info_key::created_utc] = capture_detail::now_utc();
  capture_detail::file_size_signal const blocked;  // until the writer has closed its file
  auto const writer = std::move(writer_);
  auto losses = losses_of_run(state_.exchange(state::idle));
  if (!early.empty()) losses.push_back(make_loss(loss::recording_interrupted, 1, early));
  ended_recording ended{std::move(active_),   std::move(measurer_), std::exchange(recorders_, {}),
                        std::move(run_info_), final_info,           std::move(losses)};
  if (options.capture.empty()) return ended.to_memory();
  try {
    return ended.to_file(*writer, !early.empty());
  } catch (capture_error const& e) {
    ended.losses.push_back(make_loss(loss::capture_not_written, 1, e.what()));
    return ended.to_memory();
  }
}

}  // namespace flopwatch::detail
