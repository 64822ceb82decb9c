// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "flopwatch/metrics.hpp"
#include "metrics/tensor_name.hpp"

namespace flopwatch::metrics {

/// Whether the other form of a counter (`sm__` of an `smsp__` one, or the other way round) has a value.
template <class Sums>
[[nodiscard]] bool has_value_as(Sums const& sums, std::string_view metric, std::string_view own,
                                std::string_view other) {
  if (!metric.starts_with(own)) return false;
  auto const twin = sums.find(std::string(other) + std::string(metric.substr(own.size())));
  return twin != sums.end() && twin->second;
}

/// Calls `visit(name, weight, value)` for each metric of `sums` (name -> optional integer) that counts FLOPs
/// which no other metric there counts, in order of names. \return false where such a metric has no value:
/// then the FLOPs are not collected, and the visits so far are void; also where there is no such metric
template <class Sums, class F>
[[nodiscard]] bool for_counting_metrics(Sums const& sums, F const& visit) {
  std::vector<tensor_name> tensors;
  for (auto const& [name, value] : sums) {
    if (auto const t = tensor_name::parse(name)) tensors.push_back(*t);
  }
  auto const inside_another = [&](tensor_name const& t) {
    for (auto const& o : tensors) {
      if (o.contains(t) && !t.contains(o)) return true;
    }
    return false;
  };
  bool any = false;
  for (auto const& [name, value] : sums) {
    auto const w = weight_of(name);
    if (!w) continue;
    if (w->tensor_core) {
      auto const tensor = tensor_name::parse(name);
      if (tensor && inside_another(*tensor)) continue;
    } else if (has_value_as(sums, name, "smsp__", "sm__") ||
               (!value && has_value_as(sums, name, "sm__", "smsp__"))) {
      continue;
    }
    if (!value) return false;
    any = true;
    visit(name, *w, *value);
  }
  return any;
}

}  // namespace flopwatch::metrics
