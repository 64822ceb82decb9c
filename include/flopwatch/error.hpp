// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

/// \file
/// The exception tree. Every message names the cause and the remedy in one sentence; every type
/// carries the process exit code that the command line ends with when it is not caught.

namespace flopwatch {

/// Exit codes of the command line program; they are a fixed interface.
enum class exit_code : int {
  good = 0,
  check_failed = 1,   ///< `diff`, a budget or `recheck` found a difference
  usage = 2,          ///< wrong arguments, an unreadable capture, an unknown chip
  no_device = 3,      ///< no usable GPU or driver where one is needed
  not_permitted = 4,  ///< the driver refuses access to the counters
  data_loss = 5,      ///< the capture holds a data loss of severity error
};

/// Base of everything flopwatch throws on purpose.
class error : public std::runtime_error {
 public:
  error(std::string const& message, exit_code code) : std::runtime_error(message), code_(code) {}
  [[nodiscard]] exit_code code() const noexcept { return code_; }

 private:
  exit_code code_;
};

/// The request itself is wrong: a bad argument, a bad order of calls, a session inside a session.
class usage_error : public error {
 public:
  explicit usage_error(std::string const& message) : error(message, exit_code::usage) {}
};

/// A session was started while another one records, or stopped without having been started.
class session_error : public usage_error {
 public:
  using usage_error::usage_error;
};

/// The device that was asked for is not there; the message lists those that are.
class device_error : public error {
 public:
  explicit device_error(std::string const& message) : error(message, exit_code::no_device) {}
};

/// CUPTI cannot be opened, or refused a call. The code says what kind of trouble: `no_device` for a missing
/// driver or GPU, `not_permitted` where counters are reserved for administrators, `usage` for the rest.
class cupti_error : public error {
 public:
  using error::error;
};

/// A capture file cannot be written, or what was read is not a capture this version understands.
class capture_error : public usage_error {
 public:
  using usage_error::usage_error;
};

/// A rule cannot count the operator call or module call that it was given (an unsupported layout,
/// a missing argument, a negative result). Caught where rules are called; becomes a data loss or an
/// unsupported operator, never an exception in the user's program.
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
