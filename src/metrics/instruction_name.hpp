// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

/// \file
/// Names of counters that count instructions.

namespace flopwatch::metrics {

/// "ffma" of the CUDA-core counter of that operation, by thread; "" for any other metric.
[[nodiscard]] std::string_view cuda_core_operation(std::string_view metric);

/// Counts instructions of the tensor pipe, floating point ones among them. An instruction is no FLOP, and on
/// some chips half-precision instructions of the CUDA cores are issued there, too.
[[nodiscard]] bool counts_tensor_instructions(std::string_view metric);

/// Counts warp instructions that start work on the tensor cores; the name may lack ".sum". CUPTI counts them
/// by patching, like those of the CUDA cores. No chip has one for every such instruction, so 0 proves
/// nothing.
[[nodiscard]] bool starts_tensor_work(std::string_view metric);

/// Says how busy the tensor pipe was: its active cycles, or a share of its peak.
[[nodiscard]] bool tells_tensor_activity(std::string_view metric);

}  // namespace flopwatch::metrics
