// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "capture/writer.hpp"
#include "cupti/driver.hpp"
#include "flopwatch/error.hpp"
#include "flopwatch/session.hpp"
#include "recording/nvtx/iteration_marks.hpp"
#include "recording/operators_so_far.hpp"
#include "recording/recorder.hpp"
#include "recording/recording.hpp"
#include "session/running_file.hpp"

namespace flopwatch::detail {

/// What a session holds.
class session_state final : private iteration_listener {
 public:
  explicit session_state(session_options options);
  /// Asks no driver: `device` is what is known of it now, and `join_device` may name one later.
  session_state(session_options options, device_choice const& device);
  ~session_state() override;

  session_options options;
  /// Reads the watched module tree; empty when nothing is watched.
  std::function<module_names()> read_tree;
  /// Entries of the capture's info table that are known before recording.
  std::map<std::string, std::string> info;
  /// Entries that replace those of the recorders.
  std::map<std::string, std::string> final_info;

  /// \throws session_error when this or another session of the process is recording
  void require_idle();
  /// \param owns_function what is recorded can be run again
  void start(bool owns_function) { start(owns_function, recorded_pass::whole); }
  /// Starts with a pass for formula rules only; `count_operators` ends it. The function can be run again.
  void start_with_formula() { start(true, recorded_pass::formula); }
  /// The formula pass has run: what follows is recorded by all but the formula rules. \throws error
  void count_operators();
  /// The function has run. \returns true when it must run once more, for further counters
  bool next_run();
  /// Where the capture cannot be written to its file, the result is in memory, and says so.
  result stop() { return stop({}); }
  /// The recorded part ended by an exception, which `what` names: the result says so, and its capture
  /// replaces none at its path.
  result stop_early(std::string const& what) { return stop(what); }
  /// The counters of `device` join a recording that runs without any: what was launched before stays unseen.
  /// Why they cannot is a data loss, and never an exception. From any thread, while nobody stops the session.
  void join_device(std::string const& device) noexcept;
  /// The recording has no counters, for this reason.
  void counters_refused(error const& why);
  /// Ends a recording without a capture. Idempotent.
  void abandon() noexcept;
  /// Ends a recording that nobody stopped: what its file can have by now stays in the part file.
  void leave() noexcept;
  /// As session::reused_since.
  [[nodiscard]] reused_work reused_since(reuse_mark& mark) const;
  /// Operator calls since the last call of this function, or since the recording began. A thread that is
  /// inside a rule of the user's is left out until the next call. \throws session_error when not recording
  [[nodiscard]] operators_reading read_operators();
  /// A recording that the parent of this process began before fork(). It is the parent's.
  [[nodiscard]] bool of_parent() const noexcept;
  [[nodiscard]] bool recording_now() const noexcept { return state_ != state::idle; }
  /// Further modules to watch, while it records. \throws session_error when it does not
  void name_more(module_names const& more);
  /// That object is gone; does nothing while nothing is recorded.
  void forget_name(void const* module);
  /// Adds a data loss to the capture of the recording that runs. \throws session_error when none does
  void note_loss(data_loss_record loss);
  /// The watched tree of the recording; null without one.
  [[nodiscard]] module_names const* names() const noexcept {
    return active_ == nullptr ? nullptr : &active_->names();
  }

 private:
  enum class state : std::uint8_t {
    idle,     ///< not started
    waiting,  ///< for the end of the formula pass, or for the first iteration
    running,  ///< a run is recorded or measured
    between,  ///< at least one run has ended
    failed,   ///< the iteration could not be recorded; `failure_` says why
  };

  void start(bool owns_function, recorded_pass first);
  [[nodiscard]] std::unique_ptr<recording> make_recording() const;
  void make_measurer(bool owns_function);
  void begin_recording();
  void begin_steps();
  void describe_device(device_choice const& device);
  void begin_run();
  void end_run() noexcept;
  /// The session goes on without counters, if `r` counts them.
  void leave_out(recorder& r, cupti_error const& why);
  void detach_all() noexcept;
  result stop(std::string const& early);
  /// What was lost of the recording that ends, other profilers at work among it. \param last state of it
  [[nodiscard]] std::vector<data_loss_record> losses_of_run(state last);
  /// In a child after fork(): forgets what is the parent's without touching it.
  void forget_parents() noexcept;
  [[nodiscard]] bool reuses() const noexcept { return options.replay == replay_mode::reuse; }
  void iteration_begins() noexcept override;
  void iteration_ends() noexcept override;

  std::atomic<state> state_{state::idle};  ///< changed by the threads that open and close iterations, too
  std::mutex turns_;                       ///< of iterations, and of a device that joins
  std::string failure_;
  int device_ = -1;   ///< that is measured; -1: none
  long process_ = 0;  ///< that started the recording
  std::unique_ptr<recording> active_;
  std::unique_ptr<recorder> measurer_;      ///< of the device's counters; null without any
  std::vector<recorder*> recorders_;        ///< of this recording
  std::vector<recorder*> attached_;         ///< those that need the run that runs now, or a further one
  std::unique_ptr<capture_writer> writer_;  ///< opened before the run: an unwritable path costs no run
  std::unique_ptr<running_file> file_;      ///< none for a capture in memory
  std::set<std::string> profilers_;         ///< others, at work when the recording began
  std::string refusal_;                     ///< why there are no counters at all
  exit_code refusal_code_ = exit_code::good;
  std::map<std::string, std::string> run_info_;  ///< of this recording
  std::vector<data_loss_record> noted_;          ///< the same
  std::optional<operators_so_far> operators_;    ///< of this recording, once they were read
  std::optional<iteration_watch> watch_;         ///< last: its end waits for a listener that is still called
};

}  // namespace flopwatch::detail
