// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "import/capture_sink.hpp"

/// \file
/// The events of a trace that an import uses, without their text.

namespace flopwatch::importing {

/// Strings, each kept once, by number.
class string_table {
 public:
  std::uint32_t add(std::string_view text) {
    if (auto const known = ids_.find(text); known != ids_.end()) return known->second;
    auto const id = static_cast<std::uint32_t>(all_.size());
    all_.push_back(std::make_unique<std::string>(text));
    ids_.emplace(*all_.back(), id);
    return id;
  }
  [[nodiscard]] std::string const& operator[](std::uint32_t id) const { return *all_[id]; }
  [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }

 private:
  std::vector<std::unique_ptr<std::string>> all_;
  std::unordered_map<std::string_view, std::uint32_t> ids_;
};

/// Something that was open on a thread: from `begin_ns` until before `end_ns`.
struct span_event {
  std::int64_t begin_ns = 0, end_ns = 0;
  std::uint32_t name = 0;    ///< in trace_events::names
  std::uint32_t thread = 0;  ///< in trace_events::threads
};

/// A call of an operator.
struct operator_event : span_event {
  static constexpr std::uint32_t no_shapes = 0xFFFFFFFF;
  std::uint32_t args = no_shapes;  ///< in trace_events::args
  std::int64_t sequence = -1;      ///< connects a backward node with its forward call; -1: none
  bool from_backward = false;      ///< its sequence number is of a forward call on another thread
};

/// A call of the CUDA runtime or driver that launches.
struct launch_event : span_event {
  std::int64_t correlation = -1;
};

struct kernel_event {
  std::int64_t begin_ns = 0;
  std::uint32_t name = 0;
  std::int64_t correlation = -1;
  std::int64_t device = 0, context = 0, stream = 0;
  dimensions grid{1, 1, 1}, block{1, 1, 1};
};

/// Counters of one kernel, in the order of the launches; its time is no time.
struct counter_event {
  std::int64_t begin_ns = 0;
  std::uint32_t name = 0;
  std::vector<metric_value> values;
};

struct trace_device {
  std::int64_t id = -1;
  std::string name;
  std::int64_t major = -1, minor = 0;
};

struct trace_events {
  string_table names;
  std::vector<std::vector<std::int64_t>> args;                 ///< as args_encoder writes them
  std::vector<std::pair<std::int64_t, std::int64_t>> threads;  ///< process and thread
  std::vector<span_event> modules;                             ///< calls of modules: "Linear_0"
  std::vector<span_event> annotations;                         ///< ranges that the user named
  std::vector<operator_event> operators;
  std::vector<launch_event> launches;
  std::vector<kernel_event> kernels;
  std::vector<counter_event> counters;
  std::vector<trace_device> devices;
  std::string cuda_driver_version;
  bool cut_off = false;  ///< the JSON ends in the middle
};

}  // namespace flopwatch::importing
