// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

#include "capture/process_records.hpp"
#include "flopwatch/capture_records.hpp"

/// \file
/// The columns of each record's table, in the order of the schema. One list serves writing and reading:
/// `io` is called with the fields and reads or sets them. The writer and the reader handle the columns that
/// are not in a record (a row number, the column of a metric).

namespace flopwatch::capture_detail {

template <class R, class T>
concept some = std::same_as<std::remove_const_t<R>, T>;

/// The place of a record in `record_list` is that of its table in `record_tables`.
template <class... R>
struct type_list {
  static constexpr std::size_t size = sizeof...(R);
  template <class T>
  static constexpr std::size_t index_of = [] {
    std::size_t i = 0;
    (void)((std::same_as<T, R> || (++i, false)) || ...);
    return i;
  }();
};
using record_list =
    type_list<module_record, module_path_record, scope_record, operator_call_record, formula_call_record,
              metric_record, kernel_record, graph_kernel_record, launch_record, scope_range_record,
              reuse_key_record, reuse_count_record, reuse_check_record, reuse_audit_record,
              counter_group_record, raw_chunk_record, data_loss_record, process_record, process_rows_record,
              process_scope_record, process_info_record, process_loss_record>;

/// The mark of a clean end names these, info, operator, plan and raw_image, and the counter tables.
inline constexpr std::array<char const*, record_list::size> record_tables{
    "module",       "module_path",   "scope",         "operator_call", "formula_call", "metric",
    "kernel",       "graph_kernel",  "launch",        "scope_range",   "reuse_key",    "reuse_count",
    "reuse_check",  "reuse_audit",   "counter_group", "raw_chunk",     "data_loss",    "process",
    "process_rows", "process_scope", "process_info",  "process_loss",
};

template <class R>
inline constexpr char const* table_of = record_tables[record_list::index_of<R>];

/// Tables whose first column is a row number that is not in the record.
template <class R>
inline constexpr bool numbered =
    std::same_as<R, formula_call_record> || std::same_as<R, graph_kernel_record> ||
    std::same_as<R, reuse_count_record> || std::same_as<R, reuse_audit_record> ||
    std::same_as<R, counter_group_record> || std::same_as<R, data_loss_record> ||
    std::same_as<R, process_rows_record> || std::same_as<R, process_scope_record> ||
    std::same_as<R, process_info_record> || std::same_as<R, process_loss_record>;

void columns(auto& io, some<module_record> auto& r) {
  io(r.id, r.type, r.library_type, r.transparent, r.opens_scope, r.rule, r.rule_name, r.parameters);
}

void columns(auto& io, some<module_path_record> auto& r) { io(r.id, r.parent, r.name, r.path, r.module); }

void columns(auto& io, some<scope_record> auto& r) {
  io(r.id, r.parent, r.path, r.type, r.module, r.call, r.phase, r.entries);
}

/// `name_id` takes the place of the name: a row of table operator.
void columns(auto& io, some<operator_call_record> auto& r, some<std::int64_t> auto& name_id) {
  io(r.id, r.scope, name_id, r.shapes, r.phase, r.status, r.arithmetic, r.precision, r.calls, r.total.macs,
     r.total.useful_macs, r.total.other_flops, r.note);
}

void columns(auto& io, some<formula_call_record> auto& r) {
  io(r.scope, r.module, r.unit, r.calls, r.amount, r.shapes);
}

void columns(auto& io, some<metric_record> auto& r, some<std::string> auto& column) {
  io(r.id, r.plan, column, r.name, r.unit, r.metric_group);
}

void columns(auto& io, some<kernel_record> auto& r) { io(r.id, r.name, r.demangled); }

void columns(auto& io, some<graph_kernel_record> auto& r) {
  io(r.graph, r.kernel, r.scope, r.operator_call, r.phase, r.nodes);
}

/// `last` takes the place of `r.in_scope_range`: the last column meant something else up to version 3.
void columns(auto& io, some<launch_record> auto& r, auto& last) {
  io(r.id, r.plan, r.kernel, r.scope, r.operator_call, r.phase, r.order, r.context, r.stream, r.thread,
     r.grid_x, r.grid_y, r.grid_z, r.block_x, r.block_y, r.block_z, last);
}
void columns(auto& io, some<launch_record> auto& r) { columns(io, r, r.in_scope_range); }

void columns(auto& io, some<scope_range_record> auto& r) {
  io(r.id, r.plan, r.scope, r.phase, r.order, r.context, r.launches);
}

void columns(auto& io, some<reuse_key_record> auto& r) {
  io(r.id, r.plan, r.kernel, r.kind, r.by_parameter, r.grid_x, r.grid_y, r.grid_z, r.block_x, r.block_y,
     r.block_z, r.shared_bytes, r.launches, r.checks, r.bound_flops);
}

void columns(auto& io, some<reuse_count_record> auto& r) {
  io(r.key, r.scope, r.operator_call, r.phase, r.launches);
}

void columns(auto& io, some<reuse_check_record> auto& r) {
  io(r.id, r.plan, r.key, r.chunk, r.range, r.number);
}

void columns(auto& io, some<reuse_audit_record> auto& r) {
  io(r.plan, r.metric_group, r.audits, r.equal, r.largest_difference, r.bound);
}

void columns(auto& io, some<counter_group_record> auto& r) {
  io(r.plan, r.metric_group, r.chip, r.cupti_version, r.config_image);
}

void columns(auto& io, some<raw_chunk_record> auto& r) {
  io(r.id, r.plan, r.metric_group, r.context, r.first_order, r.launches, r.ranges, r.lossy, r.kept,
     r.image_bytes);
}

void columns(auto& io, some<data_loss_record> auto& r) { io(r.kind, r.severity, r.count, r.text); }

void columns(auto& io, some<process_record> auto& r) {
  io(r.id, r.host, r.pid, r.rank, r.local_rank, r.world_size, r.started_utc, r.file);
}

void columns(auto& io, some<process_rows_record> auto& r) { io(r.process, r.table, r.first, r.rows); }

void columns(auto& io, some<process_scope_record> auto& r) { io(r.process, r.scope, r.entries); }

void columns(auto& io, some<process_info_record> auto& r) { io(r.process, r.key, r.value); }

void columns(auto& io, some<process_loss_record> auto& r) {
  io(r.process);
  columns(io, r.loss);
}

}  // namespace flopwatch::capture_detail
