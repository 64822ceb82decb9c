// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "capture/writer.hpp"
#include "recording/recording.hpp"
#include "recording/unfinished_recording.hpp"

namespace flopwatch::detail {

/// Keeps the file of a recording that still runs up with it, from a thread of its own: what a crash loses is
/// the last second, or more where writing takes longer than a twentieth of the time.
/// A failure to write ends that, and nothing else: the end of the recording writes the whole again.
class running_file {
 public:
  /// Both outlive this; `writer` is this object's alone meanwhile.
  running_file(recording const& running, capture_writer& writer);
  /// Ends after the portion that is being written.
  ~running_file();
  running_file(running_file const&) = delete;
  running_file& operator=(running_file const&) = delete;

  /// As unfinished_recording.
  void take(std::unique_ptr<unfinished_source> source, std::map<std::string, std::string> info = {}) {
    rows_.take(std::move(source), std::move(info));
  }
  void drop_source() noexcept { rows_.drop_source(); }

  /// Writes what has come since, and ends. Never throws.
  void finish() noexcept;

 private:
  void run() noexcept;
  [[nodiscard]] bool ends();
  void end() noexcept;

  capture_writer& writer_;
  unfinished_recording rows_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ends_ = false;
  bool failed_ = false;
  std::unique_ptr<std::thread> thread_;
};

}  // namespace flopwatch::detail
