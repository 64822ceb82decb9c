// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "collect/launch_counter.hpp"
#include "collect/reuse/key_registry.hpp"
#include "cupti/range_session.hpp"

namespace flopwatch::collect {

/// Launches of one key in a step.
struct step_key {
  launch_key* key = nullptr;
  std::int64_t number = 0;  ///< of the last of them in the key
  std::int64_t launches = 0;
};

/// One user range: a launch that was measured alone, or a whole step.
struct measured_range {
  launch_key* key = nullptr;  ///< null: a step
  /// Of the launch in its key, from 1; of a step: all launches of the run when it ended.
  std::int64_t number = 0;
  bool learning = false;            ///< the key was not learned yet
  bool good = true;                 ///< false: what the range holds is not what it was opened for
  std::vector<step_key> step = {};  ///< what a step launched
};

/// The user ranges of one context between two readings of its counters. Every call needs the context current;
/// one thread at a time.
class check_session {
 public:
  check_session(CUcontext context, std::uint32_t uid) : context_(context), uid_(uid) {}

  [[nodiscard]] CUcontext context() const noexcept { return context_; }
  [[nodiscard]] std::uint32_t uid() const noexcept { return uid_; }
  [[nodiscard]] bool is_open() const noexcept { return session_ != nullptr; }
  [[nodiscard]] bool started() const noexcept { return is_open() && session_->started(); }
  /// The metrics that it is open for.
  [[nodiscard]] std::size_t group() const noexcept { return group_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return session_->request().max_ranges; }
  /// Ranges that wait to be read.
  [[nodiscard]] std::vector<measured_range> const& waiting() const noexcept { return ranges_; }
  [[nodiscard]] bool is_full() const noexcept { return is_open() && ranges_.size() >= capacity(); }
  [[nodiscard]] bool range_is_open() const noexcept { return range_is_open_; }

  void open(std::unique_ptr<cupti::range_session> session, std::size_t group);
  /// \throws cupti_error
  void start() { session_->start(); }
  /// Opens a range. \throws cupti_error
  void push();
  /// Closes it. \throws cupti_error
  void pop(measured_range range);
  /// The range that was closed last holds something else, too.
  void spoil_last() noexcept {
    if (!ranges_.empty()) ranges_.back().good = false;
  }
  /// Stops, and reads the ranges that wait. `visit` gets each with its values; of one that was not good,
  /// none. \param raw gets the image, when there are ranges in it \returns "", or why nothing could be read.
  /// \throws error
  std::string read(evaluate_image const& evaluate,
                   std::function<void(measured_range const&, std::vector<double> const&)> const& visit,
                   std::function<void(std::vector<std::uint8_t> const&, bool lossy)> const& raw);
  /// Disables the profiler, and forgets the ranges that wait; `forgotten` gets them.
  void close(std::function<void(measured_range const&)> const& forgotten) noexcept;
  /// The same where the profiler is stopped and may not be disabled now: a stream capture is open. It stays
  /// enabled until the context is measured again.
  void put_off(std::function<void(measured_range const&)> const& forgotten) noexcept;
  void context_is_gone() noexcept { context_ = nullptr; }
  /// Another process has it: lets go.
  void release() noexcept { static_cast<void>(session_.release()); }

 private:
  [[nodiscard]] std::string mismatch() const;

  CUcontext context_;
  std::uint32_t uid_;
  std::unique_ptr<cupti::range_session> session_;
  std::size_t group_ = 0;
  bool range_is_open_ = false;
  std::vector<measured_range> ranges_;
  std::size_t read_ = 0;           ///< of `ranges_`, where reading failed on the way
  std::deque<std::string> names_;  ///< "0", "1", ...: they live until the ranges are read
};

}  // namespace flopwatch::collect
