// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <cuda.h>

/// What the parameters of a launching call say. Apart, because generated_cuda_meta.h compiles only with the
/// driver's own names for its functions.
struct launch_params {
  void* launched = nullptr;  ///< the function, or the graph
  unsigned grid_x = 0;
  unsigned block_x = 0;
  CUstream stream = nullptr;
};
[[nodiscard]] launch_params read_launch(std::uint32_t cbid, void const* params);
