// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include <cuda.h>
#include <cupti_callbacks.h>

/// \file
/// The driver calls that launch work, as CUPTI's callbacks show them.

namespace flopwatch::collect {

enum class launch_kind : std::uint8_t {
  kernel,
  graph,         ///< any number of kernels, which are not announced
  multi_device,  ///< one kernel on several devices
};

/// What the parameters of a launching call say.
struct launch_call {
  launch_kind kind = launch_kind::kernel;
  std::array<std::uint32_t, 3> grid{1, 1, 1};
  std::array<std::uint32_t, 3> block{1, 1, 1};
  CUstream stream = nullptr;
  CUgraphExec graph = nullptr;  ///< of a graph launch
  CUfunction function = nullptr;
  std::uint32_t shared_bytes = 0;     ///< dynamic shared memory
  std::uint64_t attributes = 0;       ///< of those that change what a launch does: clusters, cooperation
  void* const* parameters = nullptr;  ///< kernelParams, while the call lasts; null: `extra` has them
  void* const* extra = nullptr;       ///< as the driver takes it
};

/// Driver callback ids of every call that launches kernels, in all variants. Launches by the runtime reach
/// these too, so hooking both would count twice.
[[nodiscard]] std::span<CUpti_CallbackId const> launching_callbacks() noexcept;

/// Driver callback ids of calls in which the program waits for the GPU anyway.
[[nodiscard]] std::span<CUpti_CallbackId const> synchronising_callbacks() noexcept;

/// \param params CUpti_CallbackData::functionParams of one of `launching_callbacks`, while it is valid
[[nodiscard]] launch_call read_launch(CUpti_CallbackId id, void const* params) noexcept;

}  // namespace flopwatch::collect
