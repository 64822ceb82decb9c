// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "import/capture_sink.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace flopwatch::importing {
namespace {

constexpr std::size_t most_plans = 256;
constexpr std::size_t most_metrics_of_plan = 1'984;

bool counts_flops(metric_role role) {
  return role == metric_role::cuda_core_flops || role == metric_role::tensor_flops;
}

}  // namespace

void capture_sink::set_compute_capability(std::string_view text) {
  checks_.set_compute_capability(text);
  info_["compute_capability"] = text;
}

std::pair<std::string_view, std::int64_t> capture_sink::kernel_of(std::string_view name) {
  auto known = kernels_.find(name);
  if (known == kernels_.end()) {
    auto const id = static_cast<std::int64_t>(kernels_.size()) + 1;
    writer_.add(kernel_record{id, std::string(name), std::string(name)});
    known = kernels_.emplace(name, id).first;
  }
  return *known;
}

bool capture_sink::note_values(std::vector<metric_value> const& values) {
  bool undecided = false;
  for (auto const& v : values) {
    auto const& m = metrics_[v.metric];
    if (v.value) {
      with_value_.insert(v.metric);
      continue;
    }
    if (counts_flops(m.role)) losses_.add(loss::import_not_available, m.name);
    undecided = undecided || !with_value_.contains(v.metric);
  }
  return undecided;
}

capture_sink::plan const* capture_sink::plan_of(std::vector<metric_value> const& values) {
  std::vector<std::uint32_t> key;
  key.reserve(values.size());
  for (auto const& v : values) key.push_back(v.metric);
  auto const known = plans_.find(key);
  if (known != plans_.end()) return &known->second;
  if (plans_.size() >= most_plans) return nullptr;
  plan made{static_cast<std::int64_t>(plans_.size()) + 1, key};
  std::vector<metric_record> records;
  records.reserve(key.size());
  for (auto const metric : key) {
    records.push_back({next_metric_++, made.id, metrics_[metric].name, metrics_[metric].unit, 0});
  }
  writer_.add_plan(made.id, records);
  return &plans_.emplace(std::move(key), std::move(made)).first->second;
}

void capture_sink::add(imported_launch& launch) {
  auto& values = launch.values;
  if (launch.operator_call == 0 && launch.scope != 0 && find_operator_) {
    launch.operator_call = find_operator_(scopes_.all()[static_cast<std::size_t>(launch.scope - 1)]);
  }
  std::erase_if(values,
                [&](metric_value const& v) { return metrics_[v.metric].role == metric_role::no_count; });
  counted_launch out;
  auto& r = out.record;
  r.id = ++launches_;
  std::tie(out.kernel, r.kernel) = kernel_of(launch.kernel);
  r.scope = launch.scope;
  r.operator_call = launch.operator_call;
  r.phase = launch.phase;
  r.order = next_order_[launch.context]++;
  r.context = launch.context;
  r.stream = launch.stream;
  r.thread = launch.thread;
  std::tie(r.grid_x, r.grid_y, r.grid_z) = std::tie(launch.grid[0], launch.grid[1], launch.grid[2]);
  std::tie(r.block_x, r.block_y, r.block_z) = std::tie(launch.block[0], launch.block[1], launch.block[2]);
  bool const undecided = note_values(values);
  out.values = std::exchange(values, {});
  if (!undecided) return write(out);
  out.values.shrink_to_fit();
  out.capability_major = checks_.capability_major();
  undecided_.push_back(std::move(out));
}

void capture_sink::write(counted_launch& launch) {
  auto& values = launch.values;
  auto& r = launch.record;
  checks_.apply(launch.kernel, r.operator_call != 0, values);
  std::erase_if(
      values, [&](metric_value const& v) { return metrics_[v.metric].role == metric_role::tensor_activity; });
  std::sort(values.begin(), values.end(), [](auto const& a, auto const& b) { return a.metric < b.metric; });
  if (values.size() > most_metrics_of_plan) {
    std::stable_partition(values.begin(), values.end(), [&](metric_value const& v) {
      return metrics_[v.metric].role != metric_role::other_count;
    });
    values.resize(most_metrics_of_plan);
    std::sort(values.begin(), values.end(), [](auto const& a, auto const& b) { return a.metric < b.metric; });
  }
  bool const counted = std::any_of(values.begin(), values.end(), [&](metric_value const& v) {
    return counts_flops(metrics_[v.metric].role);
  });
  auto const* const p = values.empty() ? nullptr : plan_of(values);
  if (!values.empty() && p == nullptr) losses_.add(loss::import_too_many_plans);
  if (p != nullptr) {
    r.plan = p->id;
    r.counters.reserve(values.size());
    for (auto const& v : values) r.counters.push_back(v.value);
    if (counted) ++measured_;
  }
  writer_.add(r);
}

void capture_sink::write_undecided() {
  // A counter that has a value in another launch has none in this one, so the launch is not measured. One
  // that never had a value is no counter of this chip, or this profiler: it is left out.
  for (auto& launch : undecided_) {
    std::erase_if(launch.values,
                  [&](metric_value const& v) { return !v.value && !with_value_.contains(v.metric); });
    checks_.set_capability_major(launch.capability_major);
    write(launch);
  }
  undecided_.clear();
}

std::vector<std::string> capture_sink::flop_counters() const {
  std::vector<std::string> out;
  for (auto const metric : with_value_) {
    if (counts_flops(metrics_[metric].role)) out.push_back(metrics_[metric].name);
  }
  return out;
}

void capture_sink::finish() {
  write_undecided();
  checks_.finish();
  for (std::uint32_t i = 0; i < metrics_.size(); ++i) {
    if (metrics_[i].role == metric_role::no_count) losses_.add(loss::import_left_out, metrics_[i].name);
  }
  for (auto const& s : scopes_.all()) writer_.add(s);
  for (auto const& c : operator_calls_) writer_.add(c);
  if (operator_calls_.empty()) info_[info_key::operators] = "not collected";
  auto const counters = flop_counters();
  info_[info_key::measured] = measured_ > 0 ? "collected" : "not collected";
  if (measured_ == 0) info_[info_key::measured_reason] = "the imported file has no counters of FLOPs";
  bool const tensor = std::any_of(counters.begin(), counters.end(), [](std::string const& name) {
    return role_of(name) == metric_role::tensor_flops;
  });
  info_[info_key::tensor_metrics] = tensor ? "collected" : "not collected";
  for (auto const& l : losses_.records()) writer_.add(l);
  for (auto const& [key, value] : info_) writer_.set_info(key, value);
}

}  // namespace flopwatch::importing
