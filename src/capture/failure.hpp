// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

#include "capture/sqlite.hpp"
#include "flopwatch/error.hpp"

/// \file
/// From what went wrong to a sentence for the user: which file, why, what to do.

namespace flopwatch::capture_detail {

/// What a file says is not what a capture can say.
class damage : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What an older version wrote is no longer read; the text goes on after the name of the capture.
class outdated : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Another program is in the way: nothing was done, and trying again may help.
[[nodiscard]] bool is_locked(sqlite_failure const& failure) noexcept;

/// `label` names the capture in messages: "the capture 'run.flops'".
[[nodiscard]] capture_error read_error(std::string const& label, sqlite_failure const& failure);
[[nodiscard]] capture_error read_error(std::string const& label, damage const& what);
[[nodiscard]] capture_error read_error(std::string const& label, outdated const& what);
[[nodiscard]] capture_error write_error(std::string const& label, sqlite_failure const& failure);

/// Runs `f`, with failures of SQLite, damage and what is outdated told as reading errors of `label`.
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
