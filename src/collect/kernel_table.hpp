// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "collect/waiting_kernels.hpp"

namespace flopwatch::collect {

/// Kernel names by number, from 1. Thread-safe; no lock and no allocation for a known name.
class kernel_table {
 public:
  /// \param wanted whether the user wants a kernel of that mangled name to be measured; empty: each
  explicit kernel_table(waiting_kernels waiting = waiting_kernels(),
                        std::function<bool(std::string const&)> wanted = {});

  struct kernel {
    std::int64_t number;
    bool waits;          ///< one of the `waiting_kernels`
    bool wanted = true;  ///< by the user
  };
  /// Of a mangled name; null or empty is "(unnamed kernel)".
  [[nodiscard]] kernel find(char const* mangled);
  [[nodiscard]] std::int64_t number_of(char const* mangled) { return find(mangled).number; }
  [[nodiscard]] std::string name_of(std::int64_t number);
  /// As `kernel::waits`, of a number.
  [[nodiscard]] bool waits(std::int64_t number);
  /// The names, in order of their numbers. Do not call it while others still add names.
  [[nodiscard]] std::deque<std::string> const& names() const noexcept { return names_; }

 private:
  struct entry {
    std::string_view name;  ///< in `names_`
    std::size_t hash;
    kernel known;
  };
  /// Open addressing, size a power of two, at most half full. Entries are added, never taken away.
  using index = std::vector<std::atomic<entry const*>>;

  [[nodiscard]] static entry const* look_up(index const& in, std::string_view name,
                                            std::size_t hash) noexcept;
  static void put(index& into, entry const& one) noexcept;
  [[nodiscard]] entry const& add(std::string_view name, std::size_t hash);

  std::mutex mutex_;  ///< of who adds
  std::deque<std::string> names_;
  std::deque<entry> entries_;
  std::deque<index> indexes_;  ///< the last one is whole; threads can still read those before it
  std::atomic<index const*> index_;
  waiting_kernels waiting_;
  std::function<bool(std::string const&)> wanted_;
};

/// "void f<float>(float*)" of "_Z1fIfEvPT_"; a name that is not mangled stays as it is.
[[nodiscard]] std::string demangled(std::string const& name);

}  // namespace flopwatch::collect
