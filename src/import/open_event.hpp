// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "import/kineto_events.hpp"
#include "import/kineto_fields.hpp"
#include "import/operator_args.hpp"

namespace flopwatch::importing {

/// The event of a trace that is being read: takes its members as they come, and adds what an import uses of
/// it to the events when it ends. Equal names, threads and arguments are kept once.
class open_event {
 public:
  explicit open_event(trace_events& to) : to_(to) {}

  void begin();
  void end();

  // --- members of the event ---
  /// May take the text over.
  void set_text(field f, std::string& v);
  void set_number(field f, double real, std::int64_t integer);
  // --- of its "args" ---
  void set_argument(field f, double real, std::int64_t integer);
  /// The counter that the next `set_argument` of field::counter is of.
  void set_counter(std::uint32_t metric) noexcept { counter_ = metric; }
  // --- of a list among them: sizes of a launch, or one element for each argument of an operator ---
  void begin_list() noexcept { next_index_ = 0; }
  void add_text(field f, std::string const& v);
  void add_size(field f, std::int64_t v);
  // --- of "Input Dims": a shape for each argument, or a list of shapes ---
  void begin_shape();
  void begin_inner_shape();
  void add_to_shape(std::int64_t size);
  void end_shape() noexcept { ++next_index_; }
  void end_shapes() noexcept { has_shapes_ = true; }

 private:
  static constexpr std::size_t most_args = 256;

  traced_arg& arg_at(std::size_t i);
  [[nodiscard]] span_event span();
  [[nodiscard]] std::uint32_t thread();
  [[nodiscard]] std::uint32_t encoded_args();
  void add_named(std::vector<span_event>& list, std::string_view name);

  trace_events& to_;
  char ph_ = 0;
  std::string cat_, name_;
  double begin_us_ = 0, duration_us_ = 0;
  std::int64_t pid_ = 0, tid_ = 0, sequence_ = -1, forward_thread_ = 0;
  bool has_pid_ = false, has_tid_ = false, has_begin_ = false, has_shapes_ = false;
  kernel_event kernel_;
  std::vector<traced_arg> args_;
  std::size_t arg_count_ = 0, next_index_ = 0;
  std::uint32_t counter_ = 0;
  std::vector<metric_value> values_;
  // What makes events small:
  args_encoder encoder_;
  std::unordered_map<std::string_view, std::uint32_t> args_by_bytes_;
  std::map<std::pair<std::int64_t, std::int64_t>, std::uint32_t> thread_ids_;
  std::uint32_t last_thread_ = 0;
};

}  // namespace flopwatch::importing
