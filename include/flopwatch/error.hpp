// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

/// \file
/// The exception types. Every message gives the cause and the remedy in one sentence; every type carries the
/// exit code of the command line program for the case that nobody catches it.

namespace flopwatch {

/// Exit codes of the command line program; a fixed interface.
enum class exit_code : int {
  good = 0,
  check_failed = 1,   ///< `recheck` found a difference, or a figure rose too much in `diff`
  usage = 2,          ///< wrong arguments, an unreadable capture, an unknown chip
  no_device = 3,      ///< no usable GPU or driver where one is needed
  not_permitted = 4,  ///< the driver refuses access to the counters
  data_loss = 5,      ///< the capture has a data loss of severity error
};

/// Base of the errors that flopwatch reports to its caller.
class error : public std::runtime_error {
 public:
  error(std::string const& message, exit_code code) : std::runtime_error(message), code_(code) {}
  [[nodiscard]] exit_code code() const noexcept { return code_; }

 private:
  exit_code code_;
};

/// The request is wrong: a bad argument, a wrong order of calls, a session inside a session.
class usage_error : public error {
 public:
  explicit usage_error(std::string const& message) : error(message, exit_code::usage) {}
};

/// A session was started while another one records, or stopped before it was started.
class session_error : public usage_error {
 public:
  using usage_error::usage_error;
};

/// The requested device does not exist; the message lists the devices that do.
class device_error : public error {
 public:
  explicit device_error(std::string const& message) : error(message, exit_code::no_device) {}
};

/// CUPTI cannot be loaded, or refused a call. The code says why: `no_device` for a missing driver or GPU,
/// `not_permitted` if counters are reserved for administrators, `usage` for any other reason.
class cupti_error : public error {
 public:
  using error::error;
};

/// Message of the cupti_error of everything that needs CUPTI, in a build without it.
inline constexpr auto built_without_cupti =
    "this flopwatch was built without CUPTI; build it with -DFLOPWATCH_CUPTI=ON";

/// A capture file cannot be written, or is not a capture that this version can read.
class capture_error : public usage_error {
 public:
  using usage_error::usage_error;
};

/// A rule cannot count an operator call or module call (an unsupported layout, a missing argument, a negative
/// result). Caught where rules are called; it becomes a data loss or an unsupported operator, never an
/// exception in the user's program.
class rule_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A 64-bit count overflowed.
class overflow_error : public rule_error {
 public:
  overflow_error() : rule_error("the count does not fit a signed 64-bit integer") {}
};

}  // namespace flopwatch
