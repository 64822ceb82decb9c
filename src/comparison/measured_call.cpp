// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "comparison/measured_call.hpp"

#include <unordered_map>

#include "attribution/kernel_hints.hpp"
#include "attribution/saturating.hpp"
#include "flopwatch/metrics.hpp"

namespace flopwatch::comparison_detail {
namespace {

struct kernel_hint {
  bool tensor_cores = false, fft_or_winograd = false;
};

std::unordered_map<std::int64_t, kernel_hint> hints_of_kernels(capture_data const& capture) {
  std::unordered_map<std::int64_t, kernel_hint> hints;
  for (auto const& k : capture.kernels) {
    auto const& name = k.display_name();
    hints.emplace(k.id, kernel_hint{attribution_detail::names_tensor_cores(name),
                                    attribution_detail::names_fft_or_winograd(name)});
  }
  return hints;
}

/// The `sm__` and the `smsp__` form of the counter count the same; the former comes first.
std::int64_t half_fused_flops(launch_group const& g) {
  for (auto const& [metric, sum] : g.sums) {
    if (sum && is_half_fused(metric)) return saturating_mul(*sum, weight_of(metric)->floor);
  }
  return 0;
}

}  // namespace

std::vector<measured_call> measured_calls(context const& c) {
  if (!c.tree.measured_collected) return {};
  std::vector<measured_call> calls(c.capture.operator_calls.size());
  auto const hints = hints_of_kernels(c.capture);
  for (auto const& g : c.capture.launch_groups) {
    if (g.operator_call == 0 || g.in_scope_range) continue;
    auto& call = calls[c.operator_at(g.operator_call)];
    call.launches = saturating_add(call.launches, g.launches);
    auto const& hint = hints.at(g.kernel);
    call.tensor_kernel =
        call.tensor_kernel || hint.tensor_cores || attribution_detail::started_tensor_work(g.sums);
    call.fft_or_winograd = call.fft_or_winograd || hint.fft_or_winograd;
    call.tensor_metrics = call.tensor_metrics && attribution_detail::has_tensor_metric(g.sums);
    auto const counted = group_flops(g);
    if (!counted) continue;
    call.flops = saturating_add(call.flops, counted->flops);
    auto const half = counted->by_precision.find(precision::fp16);
    if (half != counted->by_precision.end()) call.half_flops = saturating_add(call.half_flops, half->second);
    call.half_fused_flops = saturating_add(call.half_fused_flops, half_fused_flops(g));
    if (counted->flops > call.kernel_flops) {
      call.kernel = g.kernel;
      call.kernel_flops = counted->flops;
    }
  }
  return calls;
}

}  // namespace flopwatch::comparison_detail
