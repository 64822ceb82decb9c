// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "import/open_event.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace flopwatch::importing {
namespace {

/// Nanoseconds of microseconds; 0 for a time out of range.
std::int64_t to_ns(double us) {
  constexpr double most = 9.0e15;
  return std::abs(us) < most ? static_cast<std::int64_t>(std::llround(us * 1000)) : 0;
}

}  // namespace

void open_event::begin() {
  ph_ = 0;
  cat_.clear();
  name_.clear();
  begin_us_ = duration_us_ = 0;
  pid_ = tid_ = 0;
  has_pid_ = has_tid_ = has_begin_ = has_shapes_ = false;
  kernel_ = {};
  sequence_ = -1;
  forward_thread_ = 0;
  arg_count_ = 0;
  values_.clear();
}

void open_event::set_text(field f, std::string& v) {
  switch (f) {
    case field::ph:
      ph_ = v.size() == 1 ? v[0] : '?';
      break;
    case field::cat:
      cat_.swap(v);
      break;
    case field::name:
      name_.swap(v);
      break;
    default:
      break;
  }
}

void open_event::set_number(field f, double real, std::int64_t integer) {
  switch (f) {
    case field::pid:
      pid_ = integer;
      has_pid_ = true;
      break;
    case field::tid:
      tid_ = integer;
      has_tid_ = true;
      break;
    case field::ts:
      begin_us_ = real;
      has_begin_ = true;
      break;
    case field::dur:
      duration_us_ = real;
      break;
    default:
      break;
  }
}

void open_event::set_argument(field f, double real, std::int64_t integer) {
  switch (f) {
    case field::correlation:
      kernel_.correlation = integer;
      break;
    case field::device:
      kernel_.device = integer;
      break;
    case field::context:
      kernel_.context = integer;
      break;
    case field::stream:
      kernel_.stream = integer;
      break;
    case field::sequence:
      sequence_ = integer;
      break;
    case field::forward_thread:
      forward_thread_ = integer;
      break;
    case field::counter:
      values_.push_back({counter_, std::isfinite(real) && real >= 0 ? std::optional(real) : std::nullopt});
      break;
    default:
      break;
  }
}

void open_event::add_text(field f, std::string const& v) {
  auto& arg = arg_at(next_index_++);
  (f == field::types ? arg.type : arg.concrete) = v;
}

void open_event::add_size(field f, std::int64_t v) {
  auto& sizes = f == field::grid ? kernel_.grid : kernel_.block;
  if (next_index_ < sizes.size()) sizes[next_index_++] = std::max<std::int64_t>(1, v);
}

// A shape is of a tensor, until a shape inside it shows that it is a list of tensors.
void open_event::begin_shape() {
  auto& arg = arg_at(next_index_);
  arg.sizes.assign(1, {});
  arg.is_list = false;
}

void open_event::begin_inner_shape() {
  auto& arg = arg_at(next_index_);
  if (!arg.is_list) arg.sizes.clear();
  arg.is_list = true;
  arg.sizes.emplace_back();
}

void open_event::add_to_shape(std::int64_t size) {
  auto& sizes = arg_at(next_index_).sizes;
  if (!sizes.empty()) sizes.back().push_back(size);
}

traced_arg& open_event::arg_at(std::size_t i) {
  i = std::min(i, most_args - 1);
  for (; arg_count_ <= i; ++arg_count_) {
    if (arg_count_ == args_.size()) args_.emplace_back();
    args_[arg_count_].clear();
  }
  return args_[i];
}

span_event open_event::span() {
  span_event s;
  s.begin_ns = to_ns(begin_us_);
  s.end_ns = std::max(s.begin_ns, to_ns(begin_us_ + duration_us_));
  s.thread = thread();
  return s;
}

std::uint32_t open_event::thread() {
  std::pair const key(pid_, tid_);
  if (!to_.threads.empty() && to_.threads[last_thread_] == key) return last_thread_;
  auto const [known, is_new] = thread_ids_.try_emplace(key, static_cast<std::uint32_t>(to_.threads.size()));
  if (is_new) to_.threads.push_back(key);
  return last_thread_ = known->second;
}

std::uint32_t open_event::encoded_args() {
  if (!has_shapes_ || arg_count_ == 0) return operator_event::no_shapes;
  encoder_.clear();
  for (std::size_t i = 0; i < arg_count_; ++i) encode(args_[i], encoder_);
  auto const words = encoder_.words();
  std::string_view const bytes(reinterpret_cast<char const*>(words.data()), words.size_bytes());
  auto const known = args_by_bytes_.find(bytes);
  if (known != args_by_bytes_.end()) return known->second;
  auto const id = static_cast<std::uint32_t>(to_.args.size());
  auto const& kept = to_.args.emplace_back(words.begin(), words.end());
  args_by_bytes_.emplace(
      std::string_view(reinterpret_cast<char const*>(kept.data()), kept.size() * sizeof(kept[0])), id);
  return id;
}

void open_event::add_named(std::vector<span_event>& list, std::string_view name) {
  auto& e = list.emplace_back(span());
  e.name = to_.names.add(name);
}

void open_event::end() {
  if (ph_ != 'X' || !has_begin_) return;
  if (cat_ == "cpu_op") {
    if (!has_pid_ || !has_tid_) return;
    operator_event e;
    static_cast<span_event&>(e) = span();
    e.name = to_.names.add(name_);
    e.args = encoded_args();
    e.sequence = sequence_;
    e.from_backward = forward_thread_ != 0;
    to_.operators.push_back(e);
  } else if (cat_ == "cuda_runtime" || cat_ == "cuda_driver") {
    if (!has_pid_ || !has_tid_) return;
    launch_event e;
    static_cast<span_event&>(e) = span();
    e.name = to_.names.add(name_);
    e.correlation = kernel_.correlation;
    to_.launches.push_back(e);
  } else if (cat_ == "kernel") {
    kernel_.begin_ns = to_ns(begin_us_);
    kernel_.name = to_.names.add(name_);
    to_.kernels.push_back(kernel_);
  } else if (cat_ == "python_function") {
    constexpr std::string_view module = "nn.Module: ";
    if (has_pid_ && has_tid_ && name_.starts_with(module))
      add_named(to_.modules, std::string_view(name_).substr(module.size()));
  } else if (cat_ == "user_annotation") {
    if (has_pid_ && has_tid_) add_named(to_.annotations, name_);
  } else if (cat_ == "cuda_profiler_range") {
    to_.counters.push_back({to_ns(begin_us_), to_.names.add(name_), values_});
  }
}

}  // namespace flopwatch::importing
