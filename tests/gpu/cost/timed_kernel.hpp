// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "gpu/probes/gpu.hpp"

namespace gpu_cost {

/// What is launched and timed, in the device's primary context.
struct timed_kernel {
  std::string name;                    ///< "empty", "long", "product"
  std::function<CUresult()> launch;    ///< on the default stream, without waiting
  std::int64_t thread_instructions;    ///< of arithmetic, in one launch, that instrumented code counts
  std::int64_t tensor_operations = 0;  ///< on bf16, in one launch, that the hardware counts
};

/// No work; known_ffma with so many trips; the product of matrices known_mma_bf16.
/// \throws std::runtime_error for a kernel that this device has not
[[nodiscard]] timed_kernel empty_kernel(gpu_probes::gpu const& device);
[[nodiscard]] timed_kernel long_kernel(gpu_probes::gpu const& device, int trips);
[[nodiscard]] timed_kernel product_kernel(gpu_probes::gpu const& device);

}  // namespace gpu_cost
