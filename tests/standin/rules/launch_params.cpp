// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#define __CUDA_API_VERSION_INTERNAL  // NOLINT(bugprone-reserved-identifier)
#include "rules/launch_params.hpp"

#include <generated_cuda_meta.h>

#include <cupti_driver_cbid.h>

namespace {

template <class Params>
launch_params with_dims(void const* params) {
  auto const& call = *static_cast<Params const*>(params);
  return {call.f, call.gridDimX, call.blockDimX, call.hStream};
}

template <class Params>
launch_params with_config(void const* params) {
  auto const& call = *static_cast<Params const*>(params);
  return {call.f, call.config->gridDimX, call.config->blockDimX, call.config->hStream};
}

}  // namespace

launch_params read_launch(std::uint32_t cbid, void const* params) {
  switch (cbid) {
    case CUPTI_DRIVER_TRACE_CBID_cuLaunchKernel:
      return with_dims<cuLaunchKernel_params>(params);
    case CUPTI_DRIVER_TRACE_CBID_cuLaunchKernel_ptsz:
      return with_dims<cuLaunchKernel_ptsz_params>(params);
    case CUPTI_DRIVER_TRACE_CBID_cuLaunchKernelEx:
      return with_config<cuLaunchKernelEx_params>(params);
    case CUPTI_DRIVER_TRACE_CBID_cuLaunchKernelEx_ptsz:
      return with_config<cuLaunchKernelEx_ptsz_params>(params);
    case CUPTI_DRIVER_TRACE_CBID_cuLaunchCooperativeKernel:
      return with_dims<cuLaunchCooperativeKernel_params>(params);
    case CUPTI_DRIVER_TRACE_CBID_cuLaunchCooperativeKernel_ptsz:
      return with_dims<cuLaunchCooperativeKernel_ptsz_params>(params);
    case CUPTI_DRIVER_TRACE_CBID_cuGraphLaunch: {
      auto const& call = *static_cast<cuGraphLaunch_params const*>(params);
      return {call.hGraph, 0, 0, call.hStream};
    }
    case CUPTI_DRIVER_TRACE_CBID_cuGraphLaunch_ptsz: {
      auto const& call = *static_cast<cuGraphLaunch_ptsz_params const*>(params);
      return {call.hGraphExec, 0, 0, call.hStream};
    }
    case CUPTI_DRIVER_TRACE_CBID_cuLaunch:
      return {static_cast<cuLaunch_params const*>(params)->f, 0, 0, nullptr};
    case CUPTI_DRIVER_TRACE_CBID_cuLaunchGrid: {
      auto const& call = *static_cast<cuLaunchGrid_params const*>(params);
      return {call.f, static_cast<unsigned>(call.grid_width), 0, nullptr};
    }
    case CUPTI_DRIVER_TRACE_CBID_cuLaunchGridAsync: {
      auto const& call = *static_cast<cuLaunchGridAsync_params const*>(params);
      return {call.f, static_cast<unsigned>(call.grid_width), 0, call.hStream};
    }
    default:
      return {};
  }
}
