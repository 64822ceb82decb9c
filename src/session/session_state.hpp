// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collect/measurer.hpp"
#include "flopwatch/session.hpp"
#include "recording/nvtx/iteration_marks.hpp"
#include "recording/recording.hpp"

namespace flopwatch::detail {

/// A source of records: attached while a session records. Registered once for a process by the layer
/// that knows it (the dispatcher observer, the counter collector).
class recorder {
 public:
  virtual ~recorder() = default;
  /// Called right after the recording became active. May throw `error`.
  virtual void attach(recording& active) = 0;
  /// Called before the recording ends, also when the user's function threw.
  virtual void detach() noexcept = 0;
  /// What it knows of its source, for the capture's info table.
  virtual void describe(std::map<std::string, std::string>& info) const = 0;
};

/// Thread-safe; a recorder registered twice is kept once.
void register_recorder(recorder& r);
[[nodiscard]] std::vector<recorder*> registered_recorders();

/// What a session holds.
class session_state final : private iteration_listener {
 public:
  explicit session_state(session_options options);
  ~session_state() override;

  session_options options;
  /// Reads the watched module tree; empty when nothing is watched.
  std::function<module_names()> read_tree;
  /// Entries of the capture's info table that are known before recording.
  std::map<std::string, std::string> info;
  /// Entries that replace what recorders say of themselves.
  std::map<std::string, std::string> final_info;

  /// \param owns_function what is recorded can be run again
  void start(bool owns_function) { start(owns_function, recorded_pass::whole); }
  /// Starts with a pass that only formula rules look at; `count_operators` ends it. The function can be run
  /// again.
  void start_with_formula() { start(true, recorded_pass::formula); }
  /// The pass of the formula has run: what follows is recorded by all but the formula rules. \throws error
  void count_operators();
  /// The function has run. \returns true when it must run once more, for further counters
  bool next_run();
  result stop();
  /// Ends a recording without a capture. Idempotent.
  void abandon() noexcept;
  [[nodiscard]] bool recording_now() const noexcept { return active_ != nullptr; }
  /// The watched tree of the recording; null without one.
  [[nodiscard]] module_names const* names() const noexcept {
    return active_ == nullptr ? nullptr : &active_->names();
  }

 private:
  void start(bool owns_function, recorded_pass first);
  void detach_all() noexcept;
  void make_measurer(bool owns_function);
  void end_recording();
  void begin_run();
  void begin_recording();
  void iteration_begins() noexcept override;
  void iteration_ends() noexcept override;

  std::unique_ptr<recording> active_;
  std::optional<capture_writer> writer_;  ///< opened before the run, so that an unwritable path costs none
  std::vector<recorder*> attached_;
  int device_ = -1;  ///< that is measured; -1: none
  std::unique_ptr<collect::measurer> measurer_;
  bool measured_all_ = false;
  bool recorded_ = false;          ///< the recording has begun
  bool in_iteration_ = false;      ///< a range that marks one is open
  std::string iteration_trouble_;  ///< why the first iteration could not be recorded
  long process_ = 0;               ///< that started the recording
  std::string refusal_;            ///< why counters cannot be had at all
  exit_code refusal_code_ = exit_code::good;
  std::map<std::string, std::string> run_info_;  ///< of this recording
  std::optional<iteration_watch> watch_;         ///< last: its end waits for who is told of an iteration
};

}  // namespace flopwatch::detail
