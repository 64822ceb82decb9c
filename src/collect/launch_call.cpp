// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// generated_cuda_meta.h also names the oldest types, which cuda.h shows only under this name.
#define __CUDA_API_VERSION_INTERNAL  // NOLINT(bugprone-reserved-identifier)
#include "collect/launch_call.hpp"

#include <algorithm>
#include <generated_cuda_meta.h>

namespace flopwatch::collect {
namespace {

// By number: the ids have not changed since CUDA 12.6, and a header that lacks a removed call still builds.
enum : CUpti_CallbackId {
  cu_launch = 115,
  cu_launch_grid = 116,
  cu_launch_grid_async = 117,
  cu_launch_kernel = 307,
  cu_launch_kernel_ptsz = 442,
  cu_launch_cooperative = 477,
  cu_launch_cooperative_ptsz = 478,
  cu_launch_cooperative_multi_device = 480,
  cu_graph_launch = 514,
  cu_graph_launch_ptsz = 515,
  cu_launch_kernel_ex = 652,
  cu_launch_kernel_ex_ptsz = 653,
};

constexpr std::array<CUpti_CallbackId, 12> all{
    cu_launch,
    cu_launch_grid,
    cu_launch_grid_async,
    cu_launch_kernel,
    cu_launch_kernel_ptsz,
    cu_launch_cooperative,
    cu_launch_cooperative_ptsz,
    cu_launch_cooperative_multi_device,
    cu_graph_launch,
    cu_graph_launch_ptsz,
    cu_launch_kernel_ex,
    cu_launch_kernel_ex_ptsz,
};

constexpr std::array<CUpti_CallbackId, 7> waits{
    17,   // cuCtxSynchronize
    800,  // cuCtxSynchronize_v2
    126,  // cuStreamSynchronize
    440,  // cuStreamSynchronize_ptsz
    121,  // cuEventSynchronize
    278,  // cuMemcpyDtoH_v2
    398,  // cuMemcpyDtoH_v2_ptds
};

constexpr std::uint64_t cooperative = 1;

template <class Params>
launch_call with_dimensions(void const* params) noexcept {
  auto const& p = *static_cast<Params const*>(params);
  launch_call call{.grid = {p.gridDimX, p.gridDimY, p.gridDimZ},
                   .block = {p.blockDimX, p.blockDimY, p.blockDimZ},
                   .stream = p.hStream};
  call.function = p.f;
  call.shared_bytes = p.sharedMemBytes;
  call.parameters = p.kernelParams;
  if constexpr (requires { p.extra; }) {
    call.extra = p.extra;
  } else {
    call.attributes = cooperative;
  }
  return call;
}

std::uint64_t read_attributes(CUlaunchConfig const& config) noexcept {
  std::uint64_t out = 0;
  for (unsigned i = 0; i < config.numAttrs && config.attrs != nullptr; ++i) {
    auto const& [id, pad, value] = config.attrs[i];
    if (id == CU_LAUNCH_ATTRIBUTE_COOPERATIVE && value.cooperative != 0) out |= cooperative;
    if (id == CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION) {
      auto const& c = value.clusterDim;
      out |= (std::uint64_t{c.x} << 1U) ^ (std::uint64_t{c.y} << 21U) ^ (std::uint64_t{c.z} << 41U);
    }
  }
  return out;
}

template <class Params>
launch_call with_config(void const* params) noexcept {
  auto const& p = *static_cast<Params const*>(params);
  auto const* const c = p.config;
  if (c == nullptr) return {};
  launch_call call{.grid = {c->gridDimX, c->gridDimY, c->gridDimZ},
                   .block = {c->blockDimX, c->blockDimY, c->blockDimZ},
                   .stream = c->hStream};
  call.function = p.f;
  call.shared_bytes = c->sharedMemBytes;
  call.attributes = read_attributes(*c);
  call.parameters = p.kernelParams;
  call.extra = p.extra;
  return call;
}

/// The oldest calls take the block from cuFuncSetBlockShape, which is not seen here.
launch_call with_grid(int width, int height, CUstream stream) noexcept {
  return {launch_kind::kernel,
          {static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height), 1},
          {0, 0, 0},
          stream};
}

}  // namespace

std::span<CUpti_CallbackId const> launching_callbacks() noexcept { return all; }

std::span<CUpti_CallbackId const> synchronising_callbacks() noexcept { return waits; }

launch_call read_launch(CUpti_CallbackId id, void const* params) noexcept {
  switch (id) {
    case cu_launch_kernel:
      return with_dimensions<cuLaunchKernel_params>(params);
    case cu_launch_kernel_ptsz:
      return with_dimensions<cuLaunchKernel_ptsz_params>(params);
    case cu_launch_cooperative:
      return with_dimensions<cuLaunchCooperativeKernel_params>(params);
    case cu_launch_cooperative_ptsz:
      return with_dimensions<cuLaunchCooperativeKernel_ptsz_params>(params);
    case cu_launch_kernel_ex:
      return with_config<cuLaunchKernelEx_params>(params);
    case cu_launch_kernel_ex_ptsz:
      return with_config<cuLaunchKernelEx_ptsz_params>(params);
    case cu_graph_launch: {
      auto const& p = *static_cast<cuGraphLaunch_params const*>(params);
      // Its first parameter is named hGraph in old headers.
      return {launch_kind::graph, {}, {}, p.hStream, *static_cast<CUgraphExec const*>(params)};
    }
    case cu_graph_launch_ptsz: {
      auto const& p = *static_cast<cuGraphLaunch_ptsz_params const*>(params);
      return {launch_kind::graph, {}, {}, p.hStream, *static_cast<CUgraphExec const*>(params)};
    }
    case cu_launch_grid: {
      auto const& p = *static_cast<cuLaunchGrid_params const*>(params);
      return with_grid(p.grid_width, p.grid_height, nullptr);
    }
    case cu_launch_grid_async: {
      auto const& p = *static_cast<cuLaunchGridAsync_params const*>(params);
      return with_grid(p.grid_width, p.grid_height, p.hStream);
    }
    case cu_launch_cooperative_multi_device:
      return {launch_kind::multi_device, {}, {}, nullptr};
    default:
      return with_grid(1, 1, nullptr);
  }
}

}  // namespace flopwatch::collect
