// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "target/hooks.hpp"
#include "target/range_object.hpp"

/// \file
/// What a kernel that runs means to the profiler of its context.

namespace standin {
namespace {

range_object* profiler_of(context_info const& context) {
  return static_cast<range_object*>(context.profiler.load(std::memory_order_acquire));
}

/// What one launch of the kernel adds to each metric of the config.
std::vector<metric_value> const& rates(range_object& object, kernel_definition const& kernel) {
  auto const now = state().generation.load();
  if (object.resolved_at != now) {
    object.resolved.clear();
    object.resolved_at = now;
  }
  auto const found = object.resolved.find(&kernel);
  if (found != object.resolved.end()) return found->second;
  return object.resolved.emplace(&kernel, state().resolve(kernel, object.config->metrics)).first->second;
}

void add(range_sample& sample, std::vector<metric_value> const& rates, std::uint64_t threads) {
  ++sample.launches;
  sample.values.resize(rates.size());
  for (std::size_t i = 0; i < rates.size(); ++i) {
    sample.values[i] += rates[i].per_launch + rates[i].per_thread * static_cast<double>(threads);
  }
}

}  // namespace

unsigned passes_of_kernel(context_info& context) {
  auto* const object = profiler_of(context);
  if (object == nullptr) return 1;
  std::lock_guard const lock(object->mutex);
  bool const replayed = object->started && object->replay == CUPTI_KernelReplay;
  return replayed ? std::max(1U, static_cast<unsigned>(object->config->passes)) : 1;
}

void count_kernel(kernel_run const& run) {
  auto* const object = profiler_of(*run.context);
  if (object == nullptr) return;
  std::lock_guard const lock(object->mutex);
  if (!object->started) return;
  // "this mode includes a context synchronization at the end of each kernel launch" (documentation, 2.9.1).
  if (object->range == CUPTI_AutoRange)
    disturb_captures("CUPTI_AutoRange", "a kernel ran in a range of its own");
  auto const& values = rates(*object, *run.kernel);
  if (object->range == CUPTI_UserRange) {
    end_kernels(*object, run.stream, false);  // those before it in its stream
    object->late.push_back({run.stream, values, run.threads});
    object->last_stream = run.stream;
    if (!state().late_streams) end_kernels(*object, run.stream, false);
    return;
  }
  // Rule 33: under kernel replay each node of a graph is a range, in the other modes graphs are not supported
  // (release notes).
  if (run.from_graph && object->replay != CUPTI_KernelReplay) {
    object->graph_refused = true;
  } else if (object->running.size() >= object->max_per_pass) {
    ++object->lost;
  } else {
    add(object->running.emplace_back(), values, run.threads);
  }
}

void end_kernels(range_object& object, CUstream stream, bool all) {
  std::erase_if(object.late, [&](late_kernel const& kernel) {
    if (!all && kernel.stream != stream) return false;
    for (auto const& open : object.open) {
      if (open.sample) add(object.running[*open.sample], kernel.rates, kernel.threads);
    }
    return true;
  });
}

void waited_for(context_info& context, CUstream stream, bool all) {
  auto* const object = profiler_of(context);
  if (object == nullptr) return;
  std::lock_guard const lock(object->mutex);
  end_kernels(*object, stream, all);
}

void context_gone(context_info& context) {
  if (profiler_of(context) != nullptr) {
    // Rule 27 [inference].
    state().log(27, "cuCtxDestroy", "the context is destroyed while a range profiler is enabled on it");
  }
}

}  // namespace standin
