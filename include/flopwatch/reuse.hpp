// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace flopwatch {

/// How a session of replay mode `reuse` measures a long run: each distinct launch (a key) a few times, then
/// at random, within a budget of time; all other launches are only counted.
struct reuse_options {
  /// Share of the run's time that measuring may take, 0 to 1; in a short run, learning comes on top.
  double budget = 0.01;
  /// Seconds for learning, the first checks of each key, before the budget has them: half of it pays back.
  double learning_s = 10;
  /// Launches of each key that are measured before its counts are reused, in each group of metrics.
  int checks = 3;
  /// Whole steps are measured at random, and compared with the sum of their keys. A step is what
  /// `session_options::iteration` names, what is between two calls of `session::step`, or else what ends with
  /// the step of an optimizer.
  bool audits = true;
  /// Enables the profiler only while something is measured, where it costs time while it is merely enabled.
  bool windows = false;
  /// Parts of the (mangled) names of kernels that do different work in equal launches, besides the built-in
  /// list; "-sort" takes a part of that list away.
  std::vector<std::string> variable_kernels = {};
  /// Distinct launches that a run may have; further ones are counted by kernel, and never measured.
  std::int64_t most_keys = 65'536;
  /// Of the random choices. 0: another one in each run.
  std::uint64_t seed = 0;
};

}  // namespace flopwatch
