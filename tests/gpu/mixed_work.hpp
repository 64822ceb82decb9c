// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gpu/known_counts.hpp"

namespace known_counts {

struct thread_plan {
  int device = 0, threads = 4;
  int streams = 2, launches = 44;  ///< of each thread
};

/// Launches kernels from several threads on several streams, each thread in a scope, and waits for them. The
/// same each time: thread t's i-th launch is of kernel (t + i) modulo their number.
/// \throws std::runtime_error for what the driver refuses
void launch_from_threads(program const& kernels, thread_plan const& p);

}  // namespace known_counts
