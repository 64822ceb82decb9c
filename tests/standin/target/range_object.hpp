// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <cupti_profiler_target.h>
#include <cupti_range_profiler.h>

#include "target/check.hpp"
#include "target/config_images.hpp"
#include "target/counter_image.hpp"

/// \file
/// What is behind a CUpti_RangeProfiler_Object.

namespace standin {

/// The ranges of one Start..Stop, or of as many as their passes need.
struct sequence {
  std::vector<range_sample> ranges;
  std::size_t passes = 0;  ///< collected so far
  bool stored = false;     ///< Decode has put its ranges into the image already ...
  std::size_t base = 0;    ///< ... from here on ...
  std::size_t count = 0;   ///< ... that many
};

/// Rule 36: a kernel that still runs.
struct late_kernel {
  CUstream stream = nullptr;
  std::vector<double> values;  ///< of each metric of the config
  std::thread::id launched_by;
  kernel_definition const* kernel = nullptr;
};

struct open_range {
  std::string name;
  std::optional<std::size_t> sample;  ///< in `running`; none when its depth is not collected
  std::thread::id pushed_by;
};

}  // namespace standin

struct CUpti_RangeProfiler_Object {
  std::mutex mutex;  ///< for all below
  bool enabled = true;
  CUcontext context = nullptr;
  standin::context_info* info = nullptr;
  std::string chip;

  // GetCounterDataSize
  std::vector<std::string> asked;
  std::size_t max_ranges = 0, max_nodes = 0, said_size = 0;

  // SetConfig
  std::shared_ptr<standin::config_image const> config;
  std::uint8_t const* config_at = nullptr;
  std::uint8_t* image_at = nullptr;
  std::size_t image_size = 0;
  CUpti_ProfilerRange range = CUPTI_AutoRange;
  CUpti_ProfilerReplayMode replay = CUPTI_KernelReplay;
  std::size_t max_per_pass = 0;
  std::size_t min_level = 1, levels = 1;
  std::size_t total_passes = 1;

  // Rule 25: the image as we left it, and the truth while the image is poison.
  std::uint64_t image_hash = 0;
  std::vector<std::uint8_t> truth;
  bool poisoned = false;

  // Start, Stop, Decode
  bool started = false;
  bool ever_started = false;
  bool undecoded = false;
  bool graph_refused = false;
  std::size_t pass = 0;
  std::vector<standin::range_sample> running;
  std::vector<standin::open_range> open;
  std::vector<standin::late_kernel> late;
  CUstream last_stream = nullptr;  ///< of the last launch
  std::size_t lost = 0;
  std::vector<standin::sequence> pending;
  std::uint64_t resolved_at = 0;
  std::map<standin::kernel_definition const*, std::vector<standin::metric_value>> resolved;
};

namespace standin {

using range_object = CUpti_RangeProfiler_Object;

[[nodiscard]] bool profiler_initialised();
/// What CUPTI answers for a device that it cannot profile; 0 for one that it can.
[[nodiscard]] int refusal_of(standin_device const& device);

/// The kernels of that stream, or of every one with `all`, end now: in the ranges that are open. Locked.
void end_kernels(range_object& object, CUstream stream, bool all);

[[nodiscard]] bool enabled_on(int device);
void keep_object(std::unique_ptr<range_object> object);

/// An object that the call may use, locked, or the code to answer.
struct locked_object {
  range_object* object = nullptr;
  std::unique_lock<std::mutex> lock;
  CUptiResult refused = CUPTI_SUCCESS;
};
/// Rules 1, 5, 6, 26, 27 and 34. \param code of rule 5 or 6 (whichever `rule` is)
[[nodiscard]] locked_object use(char const* function, range_object* object, int rule, int code);

/// Rule 25: config and image are where and what they were.
[[nodiscard]] CUptiResult check_buffers(char const* function, range_object const& object);

}  // namespace standin
