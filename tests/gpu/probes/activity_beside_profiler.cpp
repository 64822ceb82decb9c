// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <atomic>
#include <cstdlib>

#include "gpu/probes/counting.hpp"
#include "gpu/probes/more_symbols.hpp"
#include "gpu/probes/own_child.hpp"
#include "gpu/probes/probes.hpp"

namespace gpu_probes {
namespace {

// As cupti_activity.h has them, which wants the headers of one CUDA version all together.
constexpr std::uint32_t kind_concurrent_kernel = 10;
constexpr std::uint32_t flush_forced = 1;
using on_request = void (*)(std::uint8_t** buffer, std::size_t* bytes, std::size_t* most_records);
using on_complete = void (*)(CUcontext, std::uint32_t, std::uint8_t* buffer, std::size_t, std::size_t bytes);
using register_function = CUptiResult(on_request, on_complete);
using kind_function = CUptiResult(std::uint32_t);
using next_function = CUptiResult(std::uint8_t*, std::size_t, void** record);

std::atomic<next_function*> next_record{nullptr};
std::atomic<int> kernel_records{0};

void give_buffer(std::uint8_t** buffer, std::size_t* bytes, std::size_t* most_records) {
  *bytes = std::size_t{1} << 20;
  *buffer = static_cast<std::uint8_t*>(std::malloc(*bytes));
  if (*buffer == nullptr) *bytes = 0;
  *most_records = 0;
}

void take_buffer(CUcontext, std::uint32_t, std::uint8_t* buffer, std::size_t, std::size_t bytes) {
  void* record = nullptr;
  // Every record begins with its kind.
  while (bytes > 0 && next_record.load()(buffer, bytes, &record) == CUPTI_SUCCESS) {
    if (*static_cast<std::uint32_t const*>(record) == kind_concurrent_kernel) ++kernel_records;
  }
  std::free(buffer);
}

struct way {
  char const* name;
  CUpti_ProfilerReplayMode replay;
  bool two_passes;
  bool after_start;
};
constexpr std::array ways{way{"enabled_before_user_replay", CUPTI_UserReplay, false, false},
                          way{"enabled_before_kernel_replay", CUPTI_KernelReplay, true, false},
                          way{"enabled_during_user_replay", CUPTI_UserReplay, false, true},
                          way{"enabled_during_kernel_replay", CUPTI_KernelReplay, true, true}};

json ask(setting const& s, way const& how) {
  gpu const device(s);
  auto* const set_buffers = symbol_of<register_function>(device.cupti(), "cuptiActivityRegisterCallbacks");
  auto* const enable = symbol_of<kind_function>(device.cupti(), "cuptiActivityEnable");
  auto* const disable = symbol_of<kind_function>(device.cupti(), "cuptiActivityDisable");
  auto* const flush = symbol_of<kind_function>(device.cupti(), "cuptiActivityFlushAll");
  next_record = symbol_of<next_function>(device.cupti(), "cuptiActivityGetNextRecord");
  if (set_buffers == nullptr || enable == nullptr || disable == nullptr || flush == nullptr ||
      next_record == nullptr)
    return {{"clause", "cannot be tried: this CUPTI has no Activity records"}};
  program const kernel(device, "known_ffma");
  json activity;
  auto const switch_on = [&] {
    activity["register_callbacks"] = code_of(set_buffers(give_buffer, take_buffer));
    activity["enable"] = code_of(enable(kind_concurrent_kernel));
  };
  auto const metrics =
      how.two_passes ? two_passes(device, kernel.metric()) : metrics_of(device, {kernel.metric()});
  if (!how.after_start) switch_on();
  auto const result = count(device, metrics, {.replay = how.replay}, [&](json& codes) {
    if (how.after_start) switch_on();
    for (auto const* name : {"launch_one", "launch_two"}) codes[name] = code_of(kernel.launch());
  });
  activity["flush"] = code_of(flush(flush_forced));
  activity["disable"] = code_of(disable(kind_concurrent_kernel));
  auto facts = result.facts(kernel.expected());
  facts["passes"] = metrics.passes;
  facts["activity"] = activity;
  facts["kernel_records"] = kernel_records.load();
  facts["clause"] = "answers " + activity["enable"]["name"].get<std::string>() +
                    " to cuptiActivityEnable, gives " +
                    counted_word(static_cast<std::size_t>(kernel_records), "kernel record") + ", and " +
                    clause_of(result, 2, kernel.expected());
  return facts;
}

}  // namespace

finding activity_beside_profiler(setting const& s) { return ask_each_way(s, ways, ask); }

}  // namespace gpu_probes
