// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "flopwatch/live.hpp"
#include "flopwatch/session.hpp"
#include "torch/meter_steps.hpp"

namespace flopwatch::torch_layer {

/// Reads a session of replay mode `reuse` step by step: few launches are measured, all are counted. It
/// belongs to one thread.
class metered_run {
 public:
  /// Of a session that the program has started, and stops. \throws session_error, usage_error
  explicit metered_run(session& running);
  /// Starts a session of its own. \throws device_error where `options` name a device that is not there;
  /// session_error where another session records
  explicit metered_run(session_options options);

  /// Why the counters cannot be read; "" where they are.
  [[nodiscard]] std::string const& refusal() const noexcept { return refusal_; }
  /// What ran since the last call, by the operators and by the counters. \throws session_error when the
  /// session records no more
  void end_step(ended_step& step);
  /// Of all steps so far, by what is known of their launches by now; nullopt where no counters are read.
  [[nodiscard]] std::optional<reused_work> total();

 private:
  void begin();
  std::optional<reused_work> settle();

  std::unique_ptr<session> own_;
  session* session_;
  std::string refusal_;
  reuse_mark mark_;
  reuse_mark open_mark_;
  std::int64_t steps_open_ = 0;  ///< since `open_mark_`; those before it are in `settled_`
  std::optional<reused_work> settled_;
  std::optional<reused_work> open_;  ///< of the open steps, as they were known when they ended
};

}  // namespace flopwatch::torch_layer
