// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "reduction/group_sums.hpp"

#include <algorithm>

#include "metrics/counting_metrics.hpp"

namespace flopwatch::reduction {

using namespace attribution_detail;

wide_flops flops_of(wide_metric_sums const& sums) {
  wide_flops out;
  bool const counted =
      metrics::for_counting_metrics(sums, [&](std::string const&, flop_weight const& w, wide_integer units) {
        out.floor += units * w.floor;
        out.ceiling += units * w.ceiling;
      });
  if (!counted) return {0, 0, true};
  return out;
}

group_sums::group_sums(capture_data const& capture)
    : capture_(capture),
      operators_(capture.operator_calls, "operator call"),
      kernels_(capture.kernels, "kernel"),
      doubts_(capture) {}

operator_call_record const& group_sums::call_of(launch_group const& g) const {
  return capture_.operator_calls[operators_.at(g.operator_call, "a launch")];
}

launch_class group_sums::class_of(launch_group const& g) const {
  if (g.operator_call == 0) return launch_class::outside;
  return call_of(g).arithmetic == arithmetic::multiply_add ? launch_class::multiply_add : launch_class::other;
}

wide_measured group_sums::of(launch_group const& g) const {
  wide_measured m;
  // The launch of the graph is counted where it was made.
  if (g.graph != 0 && g.in_scope_range) return m;
  if (g.graph == 0) m.launches = g.launches;
  if (g.in_scope_range) m.launches_in_ranges = g.launches;
  if (g.reused && g.plan != 0) {
    m.reused_launches = g.launches;
    m.reuse_bound_flops = g.bound_flops;
  }
  auto const kind = class_of(g);
  auto& flops = m.of(kind);
  if (!g.in_scope_range) flops = g.plan == 0 ? wide_flops{0, 0, true} : flops_of(wide_sums_of(g));
  if (flops.missing && g.graph == 0) m.unmeasured_launches = g.launches;
  if (flops.missing) return m;
  auto const* const call = g.operator_call == 0 ? nullptr : &call_of(g);
  if (doubts_.of(g, kernels_.at(g.kernel, "a launch"), call) == tensor_doubt::certain) {
    m.launches_without_tensor_metrics = g.launches;
  }
  return m;
}

wide_measured group_sums::of(scope_range_group const& g) {
  wide_measured m;
  m.range_launches = g.launches;
  auto& flops = m.of(launch_class::range);
  flops = g.plan == 0 ? wide_flops{0, 0, true} : flops_of(wide_sums_of(g));
  if (flops.missing) m.unmeasured_launches = g.launches;
  return m;
}

}  // namespace flopwatch::reduction
