// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "gpu/probes/counting.hpp"
#include "gpu/probes/own_child.hpp"
#include "gpu/probes/probes.hpp"

namespace gpu_probes {
namespace {

constexpr std::size_t first_tried = 1024;
constexpr std::size_t last_tried = std::size_t{1} << 20;
constexpr std::size_t most_image_bytes = std::size_t{4} << 30;

struct attempt {
  std::string call;  ///< the one that was refused, or the last one
  CUptiResult code = CUPTI_SUCCESS;
  std::size_t image_bytes = 0;
  bool too_big = false;  ///< not tried: the image would not fit into memory
  [[nodiscard]] bool accepted() const { return code == CUPTI_SUCCESS && !too_big; }
  [[nodiscard]] json facts() const {
    json out{{"last_call", call}, {"result", code_of(code)}, {"counter_data_image_bytes", image_bytes}};
    if (too_big) out["not_tried"] = "the counter data image is too big";
    return out;
  }
};

/// A profiler of its own: one that refused something may be of no use.
attempt try_ranges(gpu const& device, metric_set const& metrics, std::size_t ranges) {
  raw_profiler profiler(device, metrics);
  attempt out;
  auto const step = [&](char const* name, CUptiResult code) {
    out.call = name;
    out.code = code;
    return code == CUPTI_SUCCESS;
  };
  if (!step("enable", profiler.enable(device.context()))) return out;
  if (step("get_counter_data_size", profiler.counter_data_bytes(ranges, ranges, out.image_bytes))) {
    out.too_big = out.image_bytes > most_image_bytes;
    bool const ready = !out.too_big && step("get_counter_data_size", profiler.size(ranges)) &&
                       step("counter_data_image_initialize", profiler.initialise()) &&
                       step("set_config", profiler.set_config()) && step("start", profiler.start());
    if (ready) step("stop", profiler.stop());
  }
  static_cast<void>(profiler.disable());
  return out;
}

json search(setting const& s, std::vector<std::string> const& names) {
  gpu const device(s);
  auto const metrics = metrics_of(device, names);
  auto const first = try_ranges(device, metrics, first_tried);
  json out{{"metrics", metrics.names}, {"with_1024_ranges", first.facts()}};
  std::size_t good = first.accepted() ? first_tried : 0;
  std::size_t bad = first.accepted() ? 0 : first_tried;
  attempt largest = first;
  attempt refused = first;
  auto const note = [&](std::size_t ranges) {
    auto const result = try_ranges(device, metrics, ranges);
    (result.accepted() ? good : bad) = ranges;
    (result.accepted() ? largest : refused) = result;
  };
  while (bad == 0 && good < last_tried) note(2 * good);
  while (bad > good + 1) note(good + (bad - good) / 2);
  out["largest_accepted_ranges"] = good;
  if (good > 0) out["with_the_largest"] = largest.facts();
  if (bad > 0) out["with_one_more"] = refused.facts();
  out["clause"] = std::to_string(good) + (good >= last_tried ? " ranges or more" : " ranges");
  return out;
}

}  // namespace

finding max_ranges_limit(setting const& s) {
  constexpr unsigned patience_s = 180;
  auto const sass = [](char const* operation) {
    return std::string("sm__sass_thread_inst_executed_op_") + operation + "_pred_on.sum";
  };
  std::vector<std::string> several;
  for (auto const* operation : {"fadd", "fmul", "ffma", "dadd", "dmul", "dfma", "hadd", "hmul", "hfma"})
    several.push_back(sass(operation));
  finding out;
  auto const look = [&](char const* what, std::vector<std::string> const& names) {
    out.facts[what] = in_own_child([&] { return search(s, names); }, patience_s);
  };
  look("one_patched_metric", {sass("ffma")});
  look("nine_patched_metrics", several);
  look("one_hardware_metric", {"sm__inst_executed.sum"});
  out.answer = "One pass takes at most, with " + sentence_of(out.facts);
  return out;
}

}  // namespace gpu_probes
