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

std::vector<double> values_of(std::vector<metric_value> const& metrics, launch_facts const& launch) {
  std::vector<double> values;
  values.reserve(metrics.size());
  for (auto const& one : metrics) values.push_back(value_of(one, launch));
  return values;
}

void add(range_sample& sample, std::vector<double> const& values) {
  ++sample.launches;
  sample.values.resize(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) sample.values[i] += values[i];
}

/// Rule 37 [inference]: what another thread launches meanwhile counts in the range, whoever pushed it.
void check_thread(range_object const& object, open_range const& range, late_kernel const& kernel) {
  if (!state().one_thread_ranges || object.replay != CUPTI_UserReplay) return;
  if (range.pushed_by == kernel.launched_by) return;
  state().log(37, "CUPTI_UserRange",
              "the range " + range.name + " holds " + kernel.kernel->name + ", launched by another thread");
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
  // Rule 36: one that is launched before Start can end after it.
  if (!object->started && !(state().late_streams && object->config)) return;
  // "this mode includes a context synchronization at the end of each kernel launch" (documentation, 2.9.1).
  if (object->started && object->range == CUPTI_AutoRange)
    disturb_captures("CUPTI_AutoRange", "a kernel ran in a range of its own");
  auto values = values_of(rates(*object, *run.kernel), run.launch);
  end_kernels(*object, run.stream, false);  // those before it in its stream
  if (!object->started || object->range == CUPTI_UserRange) {
    object->late.push_back({run.stream, std::move(values), std::this_thread::get_id(), run.kernel});
    object->last_stream = run.stream;
    if (!state().late_streams) end_kernels(*object, run.stream, false);
    return;
  }
  state().clock.spend(simulated_clock::range);
  // Rule 33: under kernel replay each node of a graph is a range, in the other modes graphs are not supported
  // (release notes).
  if (run.from_graph && object->replay != CUPTI_KernelReplay) {
    object->graph_refused = true;
  } else if (object->running.size() >= object->max_per_pass) {
    ++object->lost;
  } else {
    add(object->running.emplace_back(), values);
    for (auto const& late : object->late) add(object->running.back(), late.values);
  }
  object->late.clear();  // all of the context have been waited for
}

void end_kernels(range_object& object, CUstream stream, bool all) {
  std::erase_if(object.late, [&](late_kernel const& kernel) {
    if (!all && kernel.stream != stream) return false;
    for (auto const& open : object.open) {
      check_thread(object, open, kernel);
      if (open.sample) add(object.running[*open.sample], kernel.values);
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
