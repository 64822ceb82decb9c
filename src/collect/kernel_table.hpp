// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace flopwatch::collect {

/// Kernel names by number, from 1. Thread-safe; no allocation for a known name.
class kernel_table {
 public:
  /// The number of a mangled name; null or empty is "(unnamed kernel)".
  [[nodiscard]] std::int64_t number_of(char const* mangled);
  /// The names, in order of their numbers. Do not call it while others still add names.
  [[nodiscard]] std::deque<std::string> const& names() const noexcept { return names_; }

 private:
  std::mutex mutex_;
  std::deque<std::string> names_;
  std::unordered_map<std::string_view, std::int64_t> numbers_;  ///< of the strings in `names_`
};

/// "void f<float>(float*)" of "_Z1fIfEvPT_"; a name that is not mangled stays as it is.
[[nodiscard]] std::string demangled(std::string const& name);

}  // namespace flopwatch::collect
