// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "comparison/measured_side.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "attribution/clamped.hpp"
#include "attribution/kernel_hints.hpp"
#include "comparison/call_verdict.hpp"
#include "flopwatch/metrics.hpp"

namespace flopwatch::comparison_detail {
namespace {

struct kernel_hint {
  bool tensor_cores = false, fft_or_winograd = false;
};

std::unordered_map<std::int64_t, kernel_hint> hints_of_kernels(capture_data const& capture) {
  std::unordered_map<std::int64_t, kernel_hint> hints;
  for (auto const& k : capture.kernels) {
    auto const& name = k.demangled.empty() ? k.name : k.demangled;
    hints.emplace(k.id, kernel_hint{attribution_detail::names_tensor_cores(name),
                                    attribution_detail::names_fft_or_winograd(name)});
  }
  return hints;
}

/// Findings of one row, gathered by kind.
class gatherer {
 public:
  void add(verdict v) {
    auto const same =
        std::find_if(found_.begin(), found_.end(), [&](auto const& f) { return f.sum.kind == v.kind; });
    if (same == found_.end()) {
      found_.push_back({v, v.amount, 1});
      return;
    }
    auto const amount = clamped_add(same->sum.amount, v.amount);
    if (negative_size(v.amount) < negative_size(same->largest)) {
      same->largest = v.amount;
      same->sum = std::move(v);
    }
    same->sum.amount = amount;
    ++same->count;
  }

  std::vector<verdict> take() && {
    std::vector<verdict> out;
    for (auto& f : found_) {
      if (f.count > 1)
        f.sum.cause = fmt::format("{} (The largest of {} such findings.)", f.sum.cause, f.count);
      out.push_back(std::move(f.sum));
    }
    return out;
  }

 private:
  struct finding {
    verdict sum;
    std::int64_t largest;
    std::int64_t count;
  };
  /// Minus the absolute value, which always fits.
  static std::int64_t negative_size(std::int64_t v) { return v < 0 ? v : -v; }

  std::vector<finding> found_;
};

constexpr auto half_fused = "sm__sass_thread_inst_executed_op_hfma_pred_on.sum";

}  // namespace

std::vector<measured_call> measured_calls(context const& c) {
  if (c.capture.launch_groups.empty()) return {};
  std::vector<measured_call> calls(c.capture.operator_calls.size());
  auto const hints = hints_of_kernels(c.capture);
  for (auto const& g : c.capture.launch_groups) {
    if (g.operator_call == 0 || g.in_scope_range) continue;
    auto& call = calls[c.operator_at(g.operator_call)];
    call.launches = clamped_add(call.launches, g.launches);
    auto const& hint = hints.at(g.kernel);
    call.tensor_kernel = call.tensor_kernel || hint.tensor_cores;
    call.fft_or_winograd = call.fft_or_winograd || hint.fft_or_winograd;
    call.tensor_metrics = call.tensor_metrics && attribution_detail::has_tensor_metric(g);
    auto const counted = clamped_flops_of(g);
    if (!counted) continue;
    call.flops = clamped_add(call.flops, counted->flops);
    auto const half = counted->by_precision.find(precision::fp16);
    if (half != counted->by_precision.end()) call.half_flops = clamped_add(call.half_flops, half->second);
    if (auto const fused = g.sums.find(half_fused); fused != g.sums.end()) {
      call.half_fused_flops = clamped_add(call.half_fused_flops, clamped_mul(fused->second.value_or(0), 2));
    }
    if (counted->flops > call.kernel_flops) {
      call.kernel = g.kernel;
      call.kernel_flops = counted->flops;
    }
  }
  return calls;
}

measured_findings measured_findings_of(context const& c, std::vector<measured_call> const& calls,
                                       std::size_t row) {
  measured_findings out;
  gatherer found;
  for (auto const i : c.row(row).operator_calls) {
    auto v = call_verdict(c, c.capture.operator_calls[i], calls[i], row);
    if (!v) continue;
    if (v->kind == verdict_kind::agrees) {
      out.within_tolerance = clamped_add(out.within_tolerance, v->amount);
    } else {
      found.add(std::move(*v));
    }
  }
  for (auto const g : c.row(row).launch_groups) {
    auto const& group = c.capture.launch_groups[g];
    if (group.operator_call != 0) continue;
    if (auto v = kernel_verdict(c, group, row)) found.add(std::move(*v));
  }
  out.own = std::move(found).take();
  return out;
}

}  // namespace flopwatch::comparison_detail
