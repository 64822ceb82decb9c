// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "import/metric_table.hpp"

#include "metrics/instruction_name.hpp"

namespace flopwatch::importing {

metric_role role_of(std::string_view metric) {
  if (auto const weight = weight_of(metric)) {
    return weight->tensor_core ? metric_role::tensor_flops : metric_role::cuda_core_flops;
  }
  if (metrics::counts_tensor_instructions(metric)) return metric_role::tensor_instructions;
  if (metrics::tells_tensor_activity(metric)) return metric_role::tensor_activity;
  // The rollup of a sum is the last word: ".sum.per_cycle_elapsed" is a rate.
  bool const is_sum = metric.ends_with(".sum") && metric.find("__") != std::string_view::npos;
  return is_sum && !metric.starts_with("derived__") ? metric_role::other_count : metric_role::no_count;
}

std::uint32_t metric_table::find_or_add(std::string_view name) {
  if (auto const known = by_name_.find(name); known != by_name_.end()) return known->second;
  auto const id = static_cast<std::uint32_t>(infos_.size());
  auto& info = *infos_.emplace_back(std::make_unique<metric_info>());
  info.name = name;
  info.role = role_of(name);
  info.operation = metrics::cuda_core_operation(info.name);
  by_name_.emplace(info.name, id);
  return id;
}

}  // namespace flopwatch::importing
