// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "unit/synthetic/page_captures.hpp"

#include "unit/synthetic/capture_builder.hpp"

namespace flopwatch::test {

capture_data scope_around_root() {
  capture_builder c;
  c.data.info = info_without_gpu();
  auto const net = c.module("Net");
  c.path(0, "", net);
  auto const prefill = c.scope(0, "prefill", 0);
  c.product(c.scope(prefill, "", net), "aten::addmm", 1000);
  c.product(prefill, "aten::mm", 299);
  return c.data;
}

capture_data launches_without_counts() {
  capture_builder c;
  c.data.info = info_without_gpu();
  c.data.info[info_key::operators] = "not collected";
  c.data.info[info_key::formula] = no_formula;
  c.data.info[info_key::measured] = "collected";
  auto const part = c.scope(0, "part", 0);
  auto const together = c.scope(0, "together", 0);
  auto const launch = [&](std::int64_t scope, std::string const& name, std::int64_t n, metric_sums sums) {
    bool const counted = !sums.empty();
    auto& g = c.launch(scope, 0, c.kernel(name), std::move(sums));
    g.launches = n;
    if (!counted) g.plan = 0;
    return &g;
  };
  launch(part, "half_measured", 2, {{ffma_metric, 4}, {tensor_metric, 0}});
  auto const kernel = c.data.kernels.back().id;
  launch(part, "half_measured", 1, {})->kernel = kernel;
  launch(part, "doubtful", 3, {{ffma_metric, 6}});
  launch(together, "counted_together", 5, {})->in_scope_range = true;
  c.scope_range(together, 5, {{ffma_metric, std::nullopt}});
  launch(part, "(CUDA graph 1)", 4, {{ffma_metric, 10}, {tensor_metric, 0}});
  auto const graph = c.data.kernels.back().id;
  launch(part, "in_a_graph", 8, {})->graph = graph;
  return c.data;
}

capture_data formula_alone() {
  capture_builder c;
  c.data.info = info_without_gpu();
  c.data.info[info_key::operators] = "not collected";
  auto const net = c.placed_module(0, "", "Net", rule_origin::thop);
  c.formula(net, net, 1000);
  return c.data;
}

capture_data no_arithmetic() {
  capture_builder c;
  c.data.info = info_without_gpu();
  c.placed_module(0, "", "Identity");
  return c.data;
}

}  // namespace flopwatch::test
