// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flopwatch {

/// How metrics that do not fit one pass of the hardware are collected.
enum class replay_mode : std::uint8_t {
  automatic,  ///< `iteration` if the session owns the function, otherwise `none`
  none,       ///< one group in one pass: nothing runs twice; a set that needs more passes is refused
  iteration,  ///< the function runs once for each group, and the runs are joined launch by launch
  reuse,      ///< each distinct launch is measured a few times, all others are counted (reuse.hpp)
  kernel,     ///< CUPTI saves and restores device memory and runs each kernel once for each pass
};

/// Which launches are measured, of those that are recorded: the others are listed, without counters.
struct chosen_launches {
  /// Regular expression (ECMAScript) that is found in the demangled name of a kernel; "": all kernels.
  std::string kernel = {};
  std::int64_t skip = 0;    ///< of those kernels, the first launches that are not measured
  std::int64_t count = -1;  ///< how many are measured then; -1: all
};

/// "none", "iteration", "reuse", "kernel", "automatic"
[[nodiscard]] constexpr std::string_view to_string(replay_mode m) noexcept {
  switch (m) {
    case replay_mode::none:
      return "none";
    case replay_mode::iteration:
      return "iteration";
    case replay_mode::reuse:
      return "reuse";
    case replay_mode::kernel:
      return "kernel";
    case replay_mode::automatic:
      break;
  }
  return "automatic";
}

[[nodiscard]] constexpr std::optional<replay_mode> parse_replay_mode(std::string_view text) noexcept {
  for (auto const m : {replay_mode::automatic, replay_mode::none, replay_mode::iteration, replay_mode::reuse,
                       replay_mode::kernel}) {
    if (to_string(m) == text) return m;
  }
  return std::nullopt;
}

}  // namespace flopwatch
