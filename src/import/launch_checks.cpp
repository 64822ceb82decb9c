// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "import/launch_checks.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "attribution/kernel_hints.hpp"
#include "flopwatch/metrics.hpp"
#include "metrics/tensor_name.hpp"
#include "metrics/tensor_parts.hpp"
#include "text/number_text.hpp"

namespace flopwatch::importing {
namespace {

using attribution_detail::names_tensor_cores;

/// Percent of its peak above which a pipe is at work; below is the rounding of a pipe that rests.
constexpr double busy_percent = 1;
constexpr double threads_of_warp = 32;
constexpr int first_without_hmma = 10;  ///< compute capability of data-centre Blackwell

std::vector<std::uint32_t> set_of(std::vector<metric_value> const& values) {
  std::vector<std::uint32_t> out;
  out.reserve(values.size());
  for (auto const& v : values) out.push_back(v.metric);
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> tensor_names(std::vector<metric_value> const& values, metric_table const& metrics) {
  std::vector<std::string> out;
  for (auto const& v : values) {
    if (metrics[v.metric].role == metric_role::tensor_flops) out.push_back(metrics[v.metric].name);
  }
  return out;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::int64_t instruction_flops_by_name(std::string_view kernel) {
  struct shape {
    std::string_view word;
    std::int64_t flops;
  };
  // 2*m*n*k of the shape. In "s161616" the shape is that of the API (wmma), not of the instruction.
  static constexpr std::array<shape, 3> shapes{{{"16816", 4096}, {"1688", 2048}, {"884", 512}}};
  for (auto const& s : shapes) {
    for (auto at = kernel.find(s.word); at != std::string_view::npos; at = kernel.find(s.word, at + 1)) {
      bool const begins = at > 0 && (kernel[at - 1] == 's' || kernel[at - 1] == 'h');
      auto const end = at + s.word.size();
      if (begins && (end == kernel.size() || !is_digit(kernel[end]))) return s.flops;
    }
  }
  return 0;
}

void launch_checks::set_compute_capability(std::string_view text) {
  std::from_chars(text.data(), text.data() + text.size(), major_);
}

launch_checks::totals launch_checks::sum_up(std::vector<metric_value> const& values) const {
  totals t;
  for (auto const& v : values) {
    auto const& m = metrics_[v.metric];
    if (!v.value) continue;
    switch (m.role) {
      case metric_role::cuda_core_flops:
        t.has_cuda_core = true;
        if (m.operation == "hfma") t.half_fused = std::max(t.half_fused, *v.value);
        break;
      case metric_role::tensor_flops:
        t.has_tensor_flops = true;
        t.tensor_flops += *v.value;
        break;
      case metric_role::tensor_instructions:
        t.has_tensor_instructions = true;
        t.tensor_instructions = std::max(t.tensor_instructions, *v.value);
        break;
      case metric_role::tensor_activity:
        t.busy = t.busy || (m.name.find("pct") != std::string::npos ? *v.value > busy_percent : *v.value > 0);
        break;
      default:
        break;
    }
  }
  return t;
}

void launch_checks::leave_out_older(std::vector<metric_value>& values) {
  if (major_ < first_without_hmma) return;
  std::erase_if(values, [&](metric_value const& v) {
    auto const& m = metrics_[v.metric];
    auto const t = m.role == metric_role::tensor_flops ? metrics::tensor_name::parse(m.name) : std::nullopt;
    // Small chips of that generation still run these instructions; a count is a count there.
    if (!t || t->operation != "hmma" || !v.value || *v.value != 0) return false;
    losses_.add(loss::import_older_metric, m.name);
    return true;
  });
}

void launch_checks::leave_out_overlapping(std::vector<metric_value>& values) {
  auto const [known, is_new] = overlapping_.try_emplace(set_of(values));
  if (is_new) {
    auto const names = tensor_names(values, metrics_);
    for (auto const& name : metrics::overlapping_parts(names)) {
      known->second.push_back(metrics_.find_or_add(name));
      losses_.add(loss::import_overlapping, name);
    }
  }
  auto const& out = known->second;
  if (out.empty()) return;
  std::erase_if(values, [&](metric_value const& v) {
    return std::find(out.begin(), out.end(), v.metric) != out.end();
  });
}

void launch_checks::note_lone_and_missing(std::vector<metric_value> const& values) {
  if (!seen_sets_.insert(set_of(values)).second) return;
  auto const names = tensor_names(values, metrics_);
  for (auto const& name : metrics::lone_parts(names)) losses_.add(loss::import_tensor_part, name);
  // Add, multiply and fused multiply-add of a format belong together.
  for (char const format : {'f', 'd', 'h'}) {
    for (std::string_view const what : {"add", "mul", "fma"}) {
      auto const operation = format + std::string(what);
      bool const there = std::any_of(values.begin(), values.end(), [&](metric_value const& v) {
        return metrics_[v.metric].operation == operation;
      });
      if (!there) losses_.add(loss::import_counters_missing, operation);
    }
  }
}

void launch_checks::derive(std::string_view kernel, totals const& t) {
  auto const flops = instruction_flops_by_name(kernel);
  if (flops == 0 || !t.has_tensor_instructions || t.half_fused > 0) return;
  auto const instructions = static_cast<std::int64_t>(t.tensor_instructions);
  std::int64_t product = 0;
  std::int64_t sum = 0;
  if (__builtin_mul_overflow(instructions, flops, &product) ||
      __builtin_add_overflow(derived_flops_, product, &sum)) {
    return;
  }
  derived_flops_ = sum;
  ++derived_launches_;
}

launch_checks::tensor_work launch_checks::work_of(totals const& t, bool named) {
  // Half-precision instructions of the CUDA cores can be issued on the tensor pipe, one for each warp, which
  // has 1 to 32 threads in it.
  auto const full_warps = std::ceil(t.half_fused / threads_of_warp);
  auto const instructions = t.tensor_instructions;
  if (instructions > 0 && (instructions > t.half_fused || named)) return tensor_work::some;
  if (t.busy && t.half_fused == 0) return tensor_work::some;
  bool const busy_only = t.busy && !t.has_tensor_instructions;
  return busy_only || instructions > full_warps ? tensor_work::unknown : tensor_work::none;
}

void launch_checks::apply(std::string_view kernel, bool in_operator, std::vector<metric_value>& values) {
  bool const had_tensor_flops = sum_up(values).has_tensor_flops;
  leave_out_older(values);
  leave_out_overlapping(values);
  auto const t = sum_up(values);
  if (!t.has_cuda_core && !t.has_tensor_flops && !had_tensor_flops) return;
  note_lone_and_missing(values);
  bool const named = names_tensor_cores(kernel);
  auto const work = work_of(t, named);
  bool const worked = work == tensor_work::some;
  std::string const name(kernel.substr(0, 60));
  if (work == tensor_work::unknown && t.tensor_flops == 0) losses_.add(loss::import_tensor_ambiguous, name);
  if (t.has_tensor_flops || had_tensor_flops) {
    bool const zero = t.tensor_flops == 0 && (worked || (named && !t.has_tensor_instructions));
    if (zero) losses_.add(loss::import_tensor_zero, name);
    if (zero || (t.tensor_flops == 0 && work == tensor_work::unknown)) {
      for (auto& v : values) {
        if (metrics_[v.metric].role == metric_role::tensor_flops) v.value.reset();
      }
      if (!t.has_tensor_flops) values.push_back({metrics_.find_or_add(uncounted_tensor_work), std::nullopt});
    }
    if (!t.has_cuda_core && t.tensor_flops == 0) {
      values.push_back({metrics_.find_or_add(uncounted_cuda_core_work), std::nullopt});
    }
    return;
  }
  if (worked || (named && !t.has_tensor_instructions && !in_operator)) {
    values.push_back({metrics_.find_or_add(uncounted_tensor_work), std::nullopt});
    losses_.add(loss::import_tensor_uncounted, name);
    derive(kernel, t);
  } else if (!t.has_tensor_instructions || work == tensor_work::unknown) {
    losses_.add(loss::import_tensor_unknown);
  }
}

void launch_checks::finish() {
  if (derived_launches_ == 0) return;
  losses_.add(loss::import_tensor_derived, fmt::format("{} FLOPs in all", text::grouped(derived_flops_)),
              derived_launches_);
}

}  // namespace flopwatch::importing
