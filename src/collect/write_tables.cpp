// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/write_tables.hpp"

#include <algorithm>
#include <utility>

#include "flopwatch/metrics.hpp"

namespace flopwatch::collect {

std::int64_t id_of(detail::written_ids const& ids, detail::scope_node const* scope) {
  auto const s = ids.scopes.find(scope);
  return s == ids.scopes.end() ? 0 : s->second;
}

std::int64_t id_of(detail::written_ids const& ids, detail::operator_row const* call) {
  auto const o = ids.operator_calls.find(call);
  return o == ids.operator_calls.end() ? 0 : o->second;
}

launch_record record_of(launch_row const& row, std::uint32_t context) {
  launch_record r;
  r.kernel = row.kernel;
  r.phase = row.in_phase;
  r.order = row.order;
  r.context = context;
  r.stream = row.stream;
  r.thread = row.thread;
  r.grid_x = row.grid[0], r.grid_y = row.grid[1], r.grid_z = row.grid[2];
  r.block_x = row.block[0], r.block_y = row.block[1], r.block_z = row.block[2];
  return r;
}

void write_kernels(kernel_table const& kernels, capture_writer& writer) {
  std::int64_t id = 0;
  for (auto const& name : kernels.names()) writer.add(kernel_record{++id, name, demangled(name)});
}

void write_graphs(graph_table const& graphs, detail::written_ids const& ids, capture_writer& writer) {
  for (auto const& [graph, all] : graphs.numbered()) {
    graph_kernels kernels;  // nodes of other work are one row
    for (auto const& [kernel, times] : all) {
      auto any = kernel;
      any.work = 0;
      kernels[any] += times;
    }
    for (auto const& [k, nodes] : kernels) {
      writer.add(graph_kernel_record{graph, k.kernel, id_of(ids, k.scope), id_of(ids, k.operator_call),
                                     k.in_phase, nodes});
    }
  }
}

void write_raw(raw_keeper& raw, collection_plan const& plan, std::span<std::size_t const> groups,
               loss_list& losses, capture_writer& writer) {
  for (auto const group : groups) {
    if (raw.empty()) break;
    writer.add(counter_group_record{1, static_cast<std::int64_t>(group), plan.chip, plan.cupti_version,
                                    plan.groups[group].config});
  }
  if (auto const lost = raw.write(writer); lost > 0) losses.note(loss::raw_not_kept, lost, raw.failure());
}

std::vector<metric_record> metrics_of(collection_plan const& plan, std::span<std::size_t const> groups) {
  std::vector<metric_record> out;
  for (auto const number : groups) {
    auto const& group = plan.groups[number];
    for (std::size_t m = 0; m < group.metrics.size(); ++m) {
      metric_record r;
      r.id = static_cast<std::int64_t>(out.size()) + 1;
      r.name = group.metrics[m];
      r.unit = group.units[m];
      r.metric_group = static_cast<std::int64_t>(number);
      out.push_back(std::move(r));
    }
  }
  return out;
}

bool has_tensor_metrics(std::span<metric_record const> metrics) {
  return std::any_of(metrics.begin(), metrics.end(), [](metric_record const& m) {
    auto const weight = weight_of(m.name);
    return weight && weight->tensor_core;
  });
}

}  // namespace flopwatch::collect
