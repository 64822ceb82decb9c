// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

#include "capture/sqlite.hpp"
#include "flopwatch/error.hpp"

/// \file
/// Turns a failure into a sentence for the user: which file, why, what to do.

namespace flopwatch::capture_detail {

/// The content of the file is not that of a valid capture.
class damage : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Data of an older version that is no longer read. The text continues a sentence that begins with the name
/// of the capture.
class outdated : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Another program locks the file: nothing was done, and trying again can help.
[[nodiscard]] bool is_locked(sqlite_failure const& failure) noexcept;

/// `label` names the capture in messages: "the capture 'run.flops'".
[[nodiscard]] capture_error read_error(std::string const& label, sqlite_failure const& failure);
[[nodiscard]] capture_error read_error(std::string const& label, damage const& what);
[[nodiscard]] capture_error read_error(std::string const& label, outdated const& what);
[[nodiscard]] capture_error write_error(std::string const& label, sqlite_failure const& failure);

/// Runs `f`, and throws a reading error of `label` for a failure of SQLite, damage and outdated data.
template <class F>
decltype(auto) reading(std::string const& label, F&& f) {
  try {
    return f();
  } catch (sqlite_failure const& e) {
    throw read_error(label, e);
  } catch (damage const& e) {
    throw read_error(label, e);
  } catch (outdated const& e) {
    throw read_error(label, e);
  }
}

/// The same for writing.
template <class F>
decltype(auto) writing(std::string const& label, F&& f) {
  try {
    return f();
  } catch (sqlite_failure const& e) {
    throw write_error(label, e);
  }
}

}  // namespace flopwatch::capture_detail
