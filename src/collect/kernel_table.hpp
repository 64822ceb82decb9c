// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "collect/waiting_kernels.hpp"

namespace flopwatch::collect {

/// Kernel names by number, from 1. Thread-safe; no allocation for a known name.
class kernel_table {
 public:
  explicit kernel_table(waiting_kernels waiting = waiting_kernels()) : waiting_(std::move(waiting)) {}

  struct kernel {
    std::int64_t number;
    bool waits;  ///< one of the `waiting_kernels`
  };
  /// Of a mangled name; null or empty is "(unnamed kernel)".
  [[nodiscard]] kernel find(char const* mangled);
  [[nodiscard]] std::int64_t number_of(char const* mangled) { return find(mangled).number; }
  [[nodiscard]] std::string name_of(std::int64_t number);
  /// The names, in order of their numbers. Do not call it while others still add names.
  [[nodiscard]] std::deque<std::string> const& names() const noexcept { return names_; }

 private:
  std::mutex mutex_;
  std::deque<std::string> names_;
  std::unordered_map<std::string_view, kernel> kernels_;  ///< by the strings in `names_`
  waiting_kernels waiting_;
};

/// "void f<float>(float*)" of "_Z1fIfEvPT_"; a name that is not mangled stays as it is.
[[nodiscard]] std::string demangled(std::string const& name);

}  // namespace flopwatch::collect
