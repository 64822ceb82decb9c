// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "gpu/probes/counting.hpp"

/// \file
/// Mistakes in the use of the range profiler whose answer no document tells. None of them is known to crash.
/// The numbers are those of the rules in tests/standin/README.md.

namespace gpu_probes {

/// Made in a separate process.
struct mistake {
  int rule;
  char const* what;  ///< the mistake, with the call whose code is wanted last
  CUptiResult (*make)(setting const&);
};

[[nodiscard]] std::span<mistake const> setup_mistakes();    ///< Initialize to SetConfig
[[nodiscard]] std::span<mistake const> running_mistakes();  ///< Start to Decode
[[nodiscard]] std::span<mistake const> context_mistakes();  ///< contexts and threads

/// Where a mistake is made: a device, a kernel, and a profiler of one pass that nothing was done with.
struct scene {
  /// Never destroyed: what the mistake leaves behind could end the process before its code is printed.
  [[nodiscard]] static scene& lasting(setting const& s);

  /// Each does all that comes before it as well. \throws std::runtime_error when a call is refused
  void enable();
  void prepare();  ///< SetConfig done
  void start();
  void stop();

  gpu device;
  program kernel;
  raw_profiler profiler;

 private:
  explicit scene(setting const& s);
};

}  // namespace gpu_probes
