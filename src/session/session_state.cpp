// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "session/session_state.hpp"

#include <algorithm>
#include <ctime>
#include <mutex>
#include <new>
#include <unistd.h>
#include <utility>

#include "cupti/driver.hpp"
#include "recording/write_recording.hpp"

namespace flopwatch::detail {
namespace {

std::mutex recorders_mutex;

std::vector<recorder*>& recorders() {
  static std::vector<recorder*> all;
  return all;
}

std::string now_utc() {
  auto const now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}  // namespace

void register_recorder(recorder& r) {
  std::lock_guard const lock(recorders_mutex);
  auto& all = recorders();
  if (std::find(all.begin(), all.end(), &r) == all.end()) all.push_back(&r);
}

std::vector<recorder*> registered_recorders() {
  std::lock_guard const lock(recorders_mutex);
  return recorders();
}

session_state::session_state(session_options o) : options(std::move(o)) {
  auto const choice = choose_device(options.device);
  info[info_key::program] = std::string("flopwatch ") + FLOPWATCH_VERSION;
  info[info_key::device] = choice.name;
  if (!choice.gpu.empty()) info[info_key::gpu] = choice.gpu;
  if (!choice.driver.empty()) info[info_key::driver] = choice.driver;
  info[info_key::measured] = "not collected";
  info[info_key::measured_reason] = choice.why_not_measured;
  device_ = choice.index;
}

session_state::~session_state() { abandon(); }

void session_state::make_measurer(bool owns_function) {
  measurer_.reset();
  measured_all_ = false;
  if (device_ < 0) return;
  try {
    measurer_ = collect::make_measurer({device_, options.metrics, options.tensor_types, options.replay,
                                        owns_function, options.max_ranges, options.raw, options.scope_depth});
  } catch (cupti_error const& e) {
    // The operator and formula columns stand without counters.
    run_info_[info_key::measured_reason] = e.what();
    refusal_ = e.what();
    refusal_code_ = e.code();
  }
}

void session_state::start(bool owns_function, recorded_pass first) {
  if (active_) throw session_error("this session is recording already: stop it before it is started again");
  // Before CUPTI is asked anything, which it refuses while it counts for another.
  if (recording_active()) {
    throw session_error(
        "another session is recording, and sessions cannot be nested: stop it first, or count both parts in "
        "one session");
  }
  auto next = std::make_unique<recording>(read_tree ? read_tree() : module_names{}, options.operator_rules,
                                          options.max_rows);
  run_info_ = info;
  refusal_.clear();
  bool const by_iteration = !owns_function && !options.iteration.empty();
  make_measurer(owns_function || by_iteration);
  process_ = getpid();
  recorded_ = in_iteration_ = false;
  iteration_trouble_.clear();
  next->set_pass(first);
  if (!by_iteration) next->activate();
  active_ = std::move(next);
  try {
    writer_.emplace(options.capture.empty() ? capture_writer::in_memory() : capture_writer(options.capture));
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

void session_state::count_operators() {
  if (!active_ || active_->pass() != recorded_pass::formula) {
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
  recorded_ = true;
  for (auto* const r : registered_recorders()) {
    r->attach(*active_);
    attached_.push_back(r);
  }
  if (measurer_) begin_run();
}

void session_state::iteration_begins() noexcept {
  if (!iteration_trouble_.empty()) return;
  try {
    if (!recorded_) {
      active_->activate();
      begin_recording();
    } else if (measurer_ && !measured_all_) {
      begin_run();
    }
    in_iteration_ = true;
  } catch (std::exception const& e) {
    iteration_trouble_ = e.what();
    detach_all();
    active_->deactivate();
  }
}

void session_state::iteration_ends() noexcept {
  if (!std::exchange(in_iteration_, false)) return;
  if (measurer_ && !measured_all_) measured_all_ = measurer_->end_run();
  end_recording();
}

void session_state::detach_all() noexcept {
  for (auto r = attached_.rbegin(); r != attached_.rend(); ++r) (*r)->detach();
  attached_.clear();
}

void session_state::begin_run() {
  try {
    measurer_->begin_run();
  } catch (cupti_error const& e) {
    measurer_.reset();
    run_info_[info_key::measured_reason] = e.what();
    refusal_ = e.what();
    refusal_code_ = e.code();
  }
}

void session_state::end_recording() {
  if (!recorded_) return;
  for (auto const* const r : attached_) r->describe(run_info_);
  detach_all();
  active_->deactivate();
}

bool session_state::next_run() {
  if (!measurer_ || measured_all_) return false;
  measured_all_ = measurer_->end_run();
  if (measured_all_) return false;
  end_recording();  // operators are counted once; further runs are for the counters alone
  begin_run();
  return measurer_ != nullptr;
}

void session_state::abandon() noexcept {
  watch_.reset();
  measurer_.reset();
  detach_all();
  active_.reset();
  if (!writer_) return;
  if (process_ != getpid()) {
    // A child that was forked meanwhile: the file is the parent's, which is still writing it.
    static_cast<void>(new (std::nothrow) capture_writer(std::move(*writer_)));
    writer_.reset();
    return;
  }
  writer_.reset();
  std::error_code ignored;
  if (!options.capture.empty()) std::filesystem::remove(options.capture, ignored);
}

result session_state::stop() {
  if (!active_) throw session_error("this session is not recording: call start() first");
  bool const by_iteration = watch_.has_value();
  watch_.reset();
  if (by_iteration) {
    iteration_ends();
  } else {
    if (measurer_ && !measured_all_) measured_all_ = measurer_->end_run();
    end_recording();
  }
  run_info_[info_key::created_utc] = now_utc();
  auto const ended = std::move(active_);

  auto writer = std::move(*writer_);
  writer_.reset();
  auto const ids = write_recording(*ended, writer);
  if (auto const measured = std::exchange(measurer_, nullptr)) measured->write(ids, writer, run_info_);
  if (!refusal_.empty()) writer.add(make_loss(loss_of_refusal(refusal_code_), 1, refusal_));
  if (!recorded_ || !iteration_trouble_.empty()) {
    writer.add(make_loss(loss::iteration_not_seen, 1, iteration_trouble_));
  }
  for (auto const& [key, value] : final_info) run_info_[key] = value;
  for (auto const& [key, value] : run_info_) writer.set_info(key, value);
  writer.close();
  return result(std::make_shared<capture_reader const>(
      options.capture.empty() ? capture_reader::from(std::move(writer)) : capture_reader(options.capture)));
}

}  // namespace flopwatch::detail
