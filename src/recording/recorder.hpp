// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "flopwatch/capture.hpp"
#include "flopwatch/live.hpp"
#include "recording/unfinished_source.hpp"

namespace flopwatch {
class capture_writer;
}

namespace flopwatch::detail {

class recording;
struct written_ids;

/// A source of what a session records: the dispatcher observer, the counters of a GPU. Called from one thread
/// at a time.
///
/// A recording is one or more runs of the same part of the program. A recorder is attached before the first
/// run and detached after the last one that it needs.
class recorder {
 public:
  virtual ~recorder() = default;
  /// The recording has just become active. \throws error, which ends the recording
  virtual void attach(recording& /*active*/) {}
  /// Also called when the program's function threw.
  virtual void detach() noexcept {}
  /// A run of the recorded part of the program begins.
  /// \throws cupti_error when it cannot: the session goes on without this recorder
  virtual void begin_run() {}
  /// \returns true when this recorder needs no further run
  virtual bool end_run() noexcept { return true; }
  /// After `end_run` returned false, when the recording is closed and its rows do not change any more.
  /// \returns whether a further run is needed after all
  virtual bool needs_run() noexcept { return true; }
  /// A step of the recorded program begins, or ends. On any thread, while a run is under way.
  virtual void step_begins() noexcept {}
  virtual void step_ends() noexcept {}
  /// Between `begin_run` and `end_run`: what launches did since the mark; moves it.
  [[nodiscard]] virtual reused_work reused_since(reuse_mark& /*mark*/) { return {}; }
  /// What it has by now, for the file: see there. Null where it has nothing before the end.
  [[nodiscard]] virtual std::unique_ptr<unfinished_source> so_far() { return nullptr; }
  /// After the last run. \throws capture_error
  virtual void write(written_ids const& /*ids*/, capture_writer& /*writer*/) {}
  /// Adds what it knows of its source to the capture's info table. After `write`.
  virtual void describe(std::map<std::string, std::string>& info) const = 0;
};

/// Adds a recorder to every later recording of this process. It must live as long as the process.
/// Thread-safe; a recorder registered twice is kept once.
void register_recorder(recorder& r);
[[nodiscard]] std::vector<recorder*> registered_recorders();

}  // namespace flopwatch::detail
