// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <atomic>
#include <map>
#include <thread>

#include "gpu/probes/callback_watch.hpp"
#include "gpu/probes/counting.hpp"
#include "gpu/probes/own_child.hpp"
#include "gpu/probes/probes.hpp"

namespace gpu_probes {
namespace {

constexpr unsigned threads = 8;
constexpr int launches_each = 32;
constexpr std::size_t launches = threads * launches_each;

thread_local int this_thread = -1;
std::array<std::atomic<int>, launches> entered{};  // the launching thread, in the order of ENTER
std::atomic<std::size_t> entered_count{0};

void note_entry(CUpti_CallbackData const& data) {
  if (data.callbackSite != CUPTI_API_ENTER || this_thread < 0) return;
  auto const place = entered_count.fetch_add(1);
  if (place < entered.size()) entered[place] = this_thread;
}

/// The kernels of a thread have one block more than those of the thread before, and so counts of their own.
grid grid_of(program const& kernel, unsigned thread) {
  auto g = kernel.usual();
  g.blocks = thread + 1;
  return g;
}

void launch_from(CUcontext context, program const& kernel, unsigned thread, std::atomic<int>& refused) {
  CUstream stream = nullptr;
  if (cuCtxSetCurrent(context) != CUDA_SUCCESS ||
      cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING) != CUDA_SUCCESS) {
    ++refused;
    return;
  }
  this_thread = static_cast<int>(thread);
  for (int i = 0; i < launches_each; ++i) {
    if (kernel.launch(grid_of(kernel, thread), stream) != CUDA_SUCCESS) ++refused;
  }
  this_thread = -1;
  cuStreamSynchronize(stream);
  cuStreamDestroy(stream);
}

json ask(setting const& s, CUpti_ProfilerReplayMode replay) {
  gpu const device(s);
  program const kernel(device, "known_ffma", threads);
  callback_watch const watch(device.cupti(), note_entry);
  std::atomic<int> refused{0};
  auto const result =
      count(device, metrics_of(device, {kernel.metric()}), {.replay = replay, .max_ranges = 2 * launches},
            [&](json&) {
              std::vector<std::thread> running;
              for (unsigned i = 0; i < threads; ++i)
                running.emplace_back([&, i] { launch_from(device.context(), kernel, i, refused); });
              for (auto& one : running) one.join();
            });
  std::map<std::int64_t, int> thread_of;
  for (unsigned i = 0; i < threads; ++i) thread_of[kernel.expected(grid_of(kernel, i))] = static_cast<int>(i);
  std::size_t out_of_order = 0;
  std::size_t unknown = 0;
  for (std::size_t i = 0; i < result.values.size(); ++i) {
    auto const value = number(result.values[i].at(0));
    auto const found =
        value.is_number_integer() ? thread_of.find(value.get<std::int64_t>()) : thread_of.end();
    if (found == thread_of.end()) {
      ++unknown;
    } else if (i >= launches || entered[i] != found->second) {
      ++out_of_order;
    }
  }
  std::string clause = "gives " + counted_word(out_of_order, "place") + " out of order";
  if (result.values.size() != launches)
    clause = "gives " + counted_word(result.values.size(), "range") + ", not one for each launch";
  if (unknown > 0) clause += " and " + counted_word(unknown, "count") + " of no thread";
  return {{"threads", threads},
          {"launches", launches},
          {"launches_refused", refused.load()},
          {"callbacks_on_enter", entered_count.load()},
          {"ranges", result.values.size()},
          {"places_out_of_order", out_of_order},
          {"counts_of_no_thread", unknown},
          {"codes", result.codes},
          {"clause", clause}};
}

}  // namespace

finding callback_order(setting const& s) {
  finding out;
  out.facts["user_replay"] = in_own_child([&] { return ask(s, CUPTI_UserReplay); });
  out.facts["kernel_replay"] = in_own_child([&] { return ask(s, CUPTI_KernelReplay); });
  out.answer = sentence_of(out.facts);
  return out;
}

}  // namespace gpu_probes
