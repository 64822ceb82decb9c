// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "gpu/probes/report.hpp"

namespace gpu_cost {

using clock = std::chrono::steady_clock;

[[nodiscard]] inline std::int64_t ns_since(clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(clock::now() - start).count();
}

/// How long a call of CUPTI's took. \throws std::runtime_error when it is refused
template <class Call>
[[nodiscard]] std::int64_t timed_ns(char const* name, Call call) {
  auto const start = clock::now();
  auto const code = call();
  auto const ns = ns_since(start);
  if (code != CUPTI_SUCCESS)
    throw std::runtime_error(std::string(name) + " answers " + gpu_probes::words_for(code));
  return ns;
}

}  // namespace gpu_cost
