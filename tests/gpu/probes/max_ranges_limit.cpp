// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>

#include "gpu/probes/counting.hpp"
#include "gpu/probes/own_child.hpp"
#include "gpu/probes/probes.hpp"
#include "gpu/probes/range_search.hpp"

namespace gpu_probes {
namespace {

constexpr std::size_t first_tried = 1024;
constexpr std::size_t last_tried = std::size_t{1} << 20;
constexpr std::size_t most_image_bytes = std::size_t{4} << 30;
constexpr double longest_search_s = 14;
constexpr double time_to_spare_s = 3;  // with a call that hangs

using clock = std::chrono::steady_clock;

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

/// A new profiler: one that refused something could be unusable.
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

std::string clause_of(range_limit const& found) {
  auto const good = std::to_string(found.accepted);
  if (!found.complete && found.refused == 0) return good + " ranges or more: there was no time to try more";
  if (!found.complete) {
    return good + " ranges or more, and less than " + std::to_string(found.refused) +
           ": there was no time to try what is between";
  }
  return good + (found.refused == 0 ? " ranges or more" : " ranges");
}

json search(setting const& s, std::vector<std::string> const& names, double limit_s,
            std::atomic<std::int64_t>& largest_so_far) {
  auto const start = clock::now();
  auto const now_s = [start] { return std::chrono::duration<double>(clock::now() - start).count(); };
  gpu const device(s);
  auto const metrics = metrics_of(device, names);
  attempt largest;
  attempt refused;
  auto const is_accepted = [&](std::size_t ranges) {
    auto const result = try_ranges(device, metrics, ranges);
    (result.accepted() ? largest : refused) = result;
    if (result.accepted()) largest_so_far = static_cast<std::int64_t>(ranges);
    return result.accepted();
  };
  auto const found = largest_accepted({first_tried, last_tried, limit_s, now_s, is_accepted});
  json out{{"metrics", metrics.names},
           {"largest_accepted_ranges", found.accepted},
           {"complete", found.complete},
           {"took_s", std::round(10 * now_s()) / 10}};
  if (found.accepted > 0) out["with_the_largest"] = largest.facts();
  if (found.refused > 0) {
    out["smallest_refused_ranges"] = found.refused;
    out["with_the_smallest_refused"] = refused.facts();
  }
  out["clause"] = clause_of(found);
  return out;
}

/// Also of one that hung or crashed it is known how far it came.
json search_in_own_child(setting const& s, std::vector<std::string> const& names, double limit_s) {
  auto out = in_own_child([&](std::atomic<std::int64_t>& mark) { return search(s, names, limit_s, mark); },
                          static_cast<unsigned>(limit_s + time_to_spare_s));
  if (out.contains("left_mark")) {
    out["largest_accepted_ranges"] = out["left_mark"];
    out["clause"] = out["left_mark"].dump() + " ranges or more: then a call " +
                    (out.contains("ended_by_signal") ? "ended the process" : "did not return in time");
  }
  return out;
}

}  // namespace

finding max_ranges_limit(setting const& s) {
  auto const sass = [](char const* operation) {
    return std::string("sm__sass_thread_inst_executed_op_") + operation + "_pred_on.sum";
  };
  std::vector<std::string> several;
  for (auto const* operation : {"fadd", "fmul", "ffma", "dadd", "dmul", "dfma", "hadd", "hmul", "hfma"})
    several.push_back(sass(operation));
  finding out;
  int searches_left = 3;
  auto const look = [&](char const* what, std::vector<std::string> const& names) {
    auto const limit_s = std::min(longest_search_s, left_for_children_s() / searches_left-- * 0.7);
    out.facts[what] = search_in_own_child(s, names, limit_s);
  };
  look("one_patched_metric", {sass("ffma")});
  look("nine_patched_metrics", several);
  look("one_hardware_metric", {"sm__inst_executed.sum"});
  out.answer = "One pass takes at most, with " + sentence_of(out.facts);
  return out;
}

}  // namespace gpu_probes
