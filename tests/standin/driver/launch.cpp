// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <generated_cuda_meta.h>
#include <thread>

#include <cupti_driver_cbid.h>

#include "driver/api_call.hpp"
#include "driver/captures.hpp"
#include "driver/modules.hpp"

/// \file
/// Every driver call that launches kernels. Cbids and parameter structs: cupti_driver_cbid.h and
/// generated_cuda_meta.h of 13.0.

namespace standin {
namespace {

/// The handle behind a launching call's CUfunction, which may be a CUkernel in disguise (cuda.h).
kernel_handle* handle(CUfunction function) { return static_cast<kernel_handle*>(function); }

struct shape {
  std::uint64_t threads = 0;
  CUstream stream = nullptr;
  void* const* arguments = nullptr;
};

shape shape_of(unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, CUstream stream,
               void* const* arguments) {
  return {std::uint64_t{gx} * gy * gz * bx * by * bz, stream, arguments};
}

CUresult check_stream(CUstream stream, CUcontext context) {
  if (is_default(stream)) return CUDA_SUCCESS;
  return stream->alive && stream->context == context ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

void run(CUcontext context, CUstream stream, kernel_handle& kernel, launch_facts launch, bool from_graph) {
  auto const* const cupti = hooks();
  launch.number = kernel.definition->launches.fetch_add(1, std::memory_order_relaxed);
  state().clock.spend(simulated_clock::launch);
  unsigned const passes = cupti == nullptr ? 1 : cupti->passes(*context);
  for (unsigned pass = 0; pass < passes; ++pass) {
    if (auto* const action = kernel.definition->action.load()) action(kernel.definition->action_user.load());
    if (unsigned const us = std::max<unsigned>(kernel.definition->sleep_us, state().sleep_us); us > 0) {
      std::this_thread::sleep_for(std::chrono::microseconds(us));
    }
  }
  state().kernels_run.fetch_add(1, std::memory_order_relaxed);
  if (cupti != nullptr) cupti->kernel({context, kernel.definition, std::move(launch), from_graph, stream});
}

/// What a launch needs of its module, or of its library.
CUresult load(kernel_handle& kernel, CUcontext context) {
  if (kernel.is_kernel) {
    auto& library = *static_cast<CUkern_st&>(kernel).library;
    if (library.unloaded) return CUDA_ERROR_INVALID_HANDLE;
    announce_library(library, context);
  } else {
    if (kernel.module->context != context || kernel.module->unloaded) return CUDA_ERROR_INVALID_HANDLE;
    announce_module(*kernel.module);
  }
  return CUDA_SUCCESS;
}

CUresult run_function(CUfunction function, shape const& launch) {
  if (function == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  auto* const context = current();
  if (context == nullptr) return CUDA_ERROR_INVALID_CONTEXT;
  if (!context->alive) return CUDA_ERROR_CONTEXT_IS_DESTROYED;
  if (launch.threads == 0) return CUDA_ERROR_INVALID_VALUE;
  if (CUresult const bad = check_stream(launch.stream, context)) return bad;
  auto& kernel = *handle(function);
  if (CUresult const bad = load(kernel, context)) return bad;
  auto parameters = state().parameters_of(*kernel.definition, launch.arguments);
  if (CUresult bad = CUDA_SUCCESS;
      is_captured(context, launch.stream, {&kernel, launch.threads, {}, parameters}, bad))
    return bad;
  run(context, launch.stream, kernel, {launch.threads, 0, std::move(parameters)}, false);
  return CUDA_SUCCESS;
}

void run_nodes(CUcontext context, CUstream stream, std::vector<CUgraphNode_st> const& nodes) {
  for (auto const& node : nodes) {
    if (node.kernel != nullptr) {
      run(context, stream, *node.kernel, {node.threads, 0, node.parameters}, true);
    }
    run_nodes(context, stream, node.child);
  }
}

CUresult run_graph(CUgraphExec graph, CUstream stream) {
  if (graph == nullptr) return CUDA_ERROR_INVALID_VALUE;
  auto* const context = current();
  if (context == nullptr) return CUDA_ERROR_INVALID_CONTEXT;
  if (CUresult const bad = check_stream(stream, context)) return bad;
  std::vector<CUgraphNode_st> nodes;
  {
    std::lock_guard const lock(graph->mutex);
    nodes = graph->nodes;
  }
  if (CUresult bad = CUDA_SUCCESS; is_captured(context, stream, {nullptr, 0, nodes, {}}, bad)) return bad;
  run_nodes(context, stream, nodes);
  return CUDA_SUCCESS;
}

char const* symbol_of(CUfunction function) {
  return function == nullptr ? nullptr : handle(function)->definition->name.c_str();
}

}  // namespace
}  // namespace standin

using namespace standin;

#define STANDIN_LAUNCH(name, params, function, shape)                                \
  with_callbacks(CUPTI_DRIVER_TRACE_CBID_##name, #name, params, symbol_of(function), \
                 [&] { return run_function(function, shape); })

extern "C" {

#define STANDIN_LAUNCH_KERNEL(name)                                                                         \
  CUresult name(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, \
                unsigned shared, CUstream stream, void** arguments, void** extra) {                         \
    STANDIN_ENTER(entry::normal, true);                                                                     \
    name##_params const params{f, gx, gy, gz, bx, by, bz, shared, stream, arguments, extra};                \
    return STANDIN_LAUNCH(name, &params, f, shape_of(gx, gy, gz, bx, by, bz, stream, arguments));           \
  }
STANDIN_LAUNCH_KERNEL(cuLaunchKernel)
STANDIN_LAUNCH_KERNEL(cuLaunchKernel_ptsz)

#define STANDIN_LAUNCH_EX(name)                                                                             \
  CUresult name(CUlaunchConfig const* config, CUfunction f, void** arguments, void** extra) {               \
    STANDIN_ENTER(entry::normal, true);                                                                     \
    if (config == nullptr) return CUDA_ERROR_INVALID_VALUE;                                                 \
    name##_params const params{config, f, arguments, extra};                                                \
    return STANDIN_LAUNCH(name, &params, f,                                                                 \
                          shape_of(config->gridDimX, config->gridDimY, config->gridDimZ, config->blockDimX, \
                                   config->blockDimY, config->blockDimZ, config->hStream, arguments));      \
  }
STANDIN_LAUNCH_EX(cuLaunchKernelEx)
STANDIN_LAUNCH_EX(cuLaunchKernelEx_ptsz)

#define STANDIN_LAUNCH_COOPERATIVE(name)                                                                    \
  CUresult name(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, \
                unsigned shared, CUstream stream, void** arguments) {                                       \
    STANDIN_ENTER(entry::normal, true);                                                                     \
    name##_params const params{f, gx, gy, gz, bx, by, bz, shared, stream, arguments};                       \
    return STANDIN_LAUNCH(name, &params, f, shape_of(gx, gy, gz, bx, by, bz, stream, arguments));           \
  }
STANDIN_LAUNCH_COOPERATIVE(cuLaunchCooperativeKernel)
STANDIN_LAUNCH_COOPERATIVE(cuLaunchCooperativeKernel_ptsz)

CUresult cuLaunch(CUfunction f) {
  STANDIN_ENTER(entry::normal, true);
  cuLaunch_params const params{f};
  return STANDIN_LAUNCH(cuLaunch, &params, f, (shape{handle(f)->block_threads, nullptr}));
}

CUresult cuLaunchGrid(CUfunction f, int width, int height) {
  STANDIN_ENTER(entry::normal, true);
  cuLaunchGrid_params const params{f, width, height};
  auto const blocks = static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height);
  return STANDIN_LAUNCH(cuLaunchGrid, &params, f, (shape{blocks * handle(f)->block_threads, nullptr}));
}

CUresult cuLaunchGridAsync(CUfunction f, int width, int height, CUstream stream) {
  STANDIN_ENTER(entry::normal, true);
  cuLaunchGridAsync_params const params{f, width, height, stream};
  auto const blocks = static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height);
  return STANDIN_LAUNCH(cuLaunchGridAsync, &params, f, (shape{blocks * handle(f)->block_threads, stream}));
}

CUresult cuGraphLaunch(CUgraphExec graph, CUstream stream) {
  STANDIN_ENTER(entry::normal, true);
  cuGraphLaunch_params const params{graph, stream};
  return with_callbacks(CUPTI_DRIVER_TRACE_CBID_cuGraphLaunch, "cuGraphLaunch", &params, nullptr,
                        [&] { return run_graph(graph, stream); });
}

CUresult cuGraphLaunch_ptsz(CUgraphExec graph, CUstream stream) {
  STANDIN_ENTER(entry::normal, true);
  cuGraphLaunch_ptsz_params const params{graph, stream};
  return with_callbacks(CUPTI_DRIVER_TRACE_CBID_cuGraphLaunch_ptsz, "cuGraphLaunch_ptsz", &params, nullptr,
                        [&] { return run_graph(graph, stream); });
}

}  // extern "C"
