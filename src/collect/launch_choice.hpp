// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <regex>
#include <string>

#include "flopwatch/replay.hpp"

namespace flopwatch::collect {

/// Which launches of a run the user wants to be measured, in the order in which they come. Thread-safe.
class launch_choice {
 public:
  /// \throws std::regex_error for text that is no regular expression
  explicit launch_choice(chosen_launches const& wanted = {});

  /// Some launch can be left out.
  [[nodiscard]] bool restricts() const noexcept { return restricts_; }
  /// Whether a kernel is one of those wanted, by its mangled name. Slow: ask once for each name.
  [[nodiscard]] bool names(std::string const& mangled) const;
  /// The next launch of such a kernel: is it measured?
  [[nodiscard]] bool takes_next() noexcept;
  /// The same launches come once more, for further metrics.
  void restart() noexcept { seen_.store(0, std::memory_order_relaxed); }

 private:
  std::optional<std::regex> kernel_;
  std::int64_t skip_;
  std::int64_t count_;
  bool restricts_;
  std::atomic<std::int64_t> seen_{0};
};

}  // namespace flopwatch::collect
