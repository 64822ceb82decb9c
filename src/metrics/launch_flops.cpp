// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "flopwatch/checked.hpp"
#include "flopwatch/metrics.hpp"
#include "metrics/tensor_name.hpp"

namespace flopwatch {
namespace {

using counter_sums = std::map<std::string, std::optional<std::int64_t>>;

bool has_value_as_sm(counter_sums const& sums, std::string_view metric) {
  constexpr std::string_view part = "smsp__";
  if (!metric.starts_with(part)) return false;
  auto const twin = sums.find("sm__" + std::string(metric.substr(part.size())));
  return twin != sums.end() && twin->second;
}

bool has_value_as_smsp(counter_sums const& sums, std::string_view metric) {
  constexpr std::string_view part = "sm__";
  if (!metric.starts_with(part)) return false;
  auto const twin = sums.find("smsp__" + std::string(metric.substr(part.size())));
  return twin != sums.end() && twin->second;
}

void add(counted_flops& to, flop_weight const& w, std::int64_t units) {
  auto const flops = checked_mul(units, w.floor);
  to.flops = checked_add(to.flops, flops);
  to.ceiling = checked_add(to.ceiling, checked_mul(units, w.ceiling));
  if (flops == 0) return;
  auto& part = to.by_precision[w.precision];
  part = checked_add(part, flops);
}

}  // namespace

std::optional<counted_flops> flops_of(counter_sums const& sums) {
  std::vector<metrics::tensor_name> tensors;
  for (auto const& [name, value] : sums) {
    if (auto const t = metrics::tensor_name::parse(name)) tensors.push_back(*t);
  }
  auto const inside_another = [&](metrics::tensor_name const& t) {
    for (auto const& o : tensors) {
      if (o.contains(t) && !t.contains(o)) return true;
    }
    return false;
  };

  counted_flops result;
  bool any = false;
  for (auto const& [name, value] : sums) {
    auto const w = weight_of(name);
    if (!w) continue;
    if (w->tensor_core) {
      auto const tensor = metrics::tensor_name::parse(name);
      if (tensor && inside_another(*tensor)) continue;
    } else if (has_value_as_sm(sums, name) || (!value && has_value_as_smsp(sums, name))) {
      continue;
    }
    if (!value) return std::nullopt;
    any = true;
    add(result, *w, *value);
  }
  if (!any) return std::nullopt;
  return result;
}

}  // namespace flopwatch
