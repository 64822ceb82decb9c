// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "gpu/probes/probe.hpp"

namespace gpu_cost {

/// One thing that is timed; what it found.
struct timed_case {
  std::string name;  ///< "launch.long.auto_range.instrumented", "session.hardware.64"
  std::function<gpu_probes::json()> run;
};

struct cost_setting {
  gpu_probes::setting gpu;
  int long_trips = 100000;
  double limit_s = 40;
};

/// Runs all cases, and prints one line of JSON for each as soon as it is known: {"case": name, ...}, or
/// {"case": name, "not_run": "why"}. \throws flopwatch::error without a GPU
void print_costs(cost_setting const& s, std::ostream& out);

/// The same for any cases.
void print_cases(std::vector<timed_case> const& cases, double limit_s, std::ostream& out);

}  // namespace gpu_cost
