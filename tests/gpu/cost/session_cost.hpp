// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gpu/cost/counted_set.hpp"

namespace gpu_cost {

/// Times Enable, five Starts, Stops and Decodes, and Disable, with room for so many ranges: one launch in
/// each of the first four rounds, as many as there is room for in the last. \throws flopwatch::error,
/// std::runtime_error naming the call that was refused
[[nodiscard]] gpu_probes::json session_cost(gpu_probes::gpu const& device, counted_set const& set,
                                            timed_kernel const& kernel, std::size_t max_ranges);

}  // namespace gpu_cost
