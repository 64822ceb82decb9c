// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/merge/row_copier.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "capture/failure.hpp"
#include "capture/merge/counter_cursors.hpp"
#include "capture/old_versions.hpp"
#include "capture/process_list.hpp"
#include "capture/raw_image.hpp"
#include "capture/records.hpp"
#include "capture/reuse_reader.hpp"
#include "capture/table_reader.hpp"

namespace flopwatch::capture_detail {
namespace {

/// Tables whose rows are those of a process.
constexpr char const* tables_by_process[] = {"operator_call", "formula_call", "graph_kernel", "launch",
                                             "scope_range",   "reuse_key",    "reuse_count",  "reuse_check",
                                             "reuse_audit",   "raw_chunk",    "process_scope"};

std::unordered_map<std::int64_t, std::string> read_operators(merge_input const& input) {
  std::unordered_map<std::int64_t, std::string> out;
  table_reader rows(input.source(), "operator");
  while (rows.next()) {
    std::int64_t id = 0;
    rows(id);
    rows(out[id]);
  }
  input.mark().check("operator", rows.sum());
  return out;
}

}  // namespace

std::int64_t row_copier::moved(char const* table, std::int64_t id) const {
  if (id == 0) return 0;
  auto const it = offsets_.find(table);
  if (id < 0 || it == offsets_.end() || id > it->second.largest)
    throw damage(fmt::format("a row refers to row {} of table {}, which is not there", id, table));
  return it->second.base + id;
}

std::int64_t row_copier::take(char const* table, std::int64_t id) {
  auto& o = offsets_.try_emplace(table).first->second;
  std::int64_t out = 0;
  if (id < 1 || __builtin_add_overflow(o.base, id, &out))
    throw damage(fmt::format("table {} has the id {}, which cannot be merged", table, id));
  o.largest = std::max(o.largest, id);
  return out;
}

std::int64_t row_copier::context(std::int64_t id) {
  auto const [it, is_new] = contexts_of_.try_emplace(id, contexts_ + 1);
  if (is_new) ++contexts_;
  return it->second;
}

std::int64_t row_copier::kernel(std::int64_t id, char const* who) const {
  if (id == 0) return 0;
  auto const it = kernels_of_.find(id);
  if (it == kernels_of_.end())
    throw damage(fmt::format("{} refers to kernel {}, which is not there", who, id));
  return it->second;
}

template <class R, class F>
void row_copier::copy_numbered(merge_input const& input, F&& visit) {
  auto const* const table = table_of<R>;
  table_reader rows(input.source(), table);
  std::int64_t position = 0;
  while (rows.next()) {
    std::int64_t row_number = 0;
    rows(row_number);
    ++position;
    if (input.is_merged() && row_number != position) rows.wrong("its rows are not numbered from 1 on");
    take(table, position);
    R r;
    columns(rows, r);
    visit(std::move(r));
  }
  input.mark().check(table, rows.sum());
}

void row_copier::copy_kernels(merge_input const& input, std::span<stored_process const> processes) {
  std::set<std::int64_t> graphs;
  bool const has_graphs = input.mark().has(input.source(), table_of<graph_kernel_record>);
  if (has_graphs) {
    table_reader rows(input.source(), table_of<graph_kernel_record>);
    while (rows.next()) {
      std::int64_t row_number = 0;
      graph_kernel_record r;
      rows(row_number);
      columns(rows, r);
      graphs.insert(r.graph);
    }
  }
  table_reader rows(input.source(), table_of<kernel_record>);
  while (rows.next()) {
    kernel_record r;
    columns(rows, r);
    // Graphs are numbered in each process: those of one name are not one graph.
    bool const is_graph = graphs.contains(r.id);
    auto const key = r.name + '\0' + r.demangled;
    auto const known = kernel_by_name_.find(key);
    if (!is_graph && known != kernel_by_name_.end()) {
      kernels_of_[r.id] = known->second;
      continue;
    }
    auto const id = ++kernels_;
    kernels_of_[r.id] = id;
    if (!is_graph) kernel_by_name_.emplace(key, id);
    r.id = id;
    if (is_graph && !input.is_merged()) {
      auto const of = " of " + process_list(std::span(&processes.front().record, 1));
      r.name += of;
      if (!r.demangled.empty()) r.demangled += of;
    }
    to_.add(r);
  }
  input.mark().check(table_of<kernel_record>, rows.sum());
  if (!has_graphs) return;
  copy_numbered<graph_kernel_record>(input, [&](graph_kernel_record r) {
    r.graph = kernel(r.graph, "a graph");
    r.kernel = kernel(r.kernel, "a graph");
    r.scope = tree_.scope(r.scope, "a graph");
    r.operator_call = moved("operator_call", r.operator_call);
    to_.add(r);
  });
}

void row_copier::copy_calls(merge_input const& input) {
  auto const names = read_operators(input);
  auto const* const table = table_of<operator_call_record>;
  table_reader rows(input.source(), table);
  while (rows.next()) {
    operator_call_record r;
    std::int64_t name = 0;
    columns(rows, r, name);
    auto const it = names.find(name);
    if (it == names.end())
      throw damage(fmt::format("operator_call {} names operator {}, which is not there", r.id, name));
    r.name = it->second;
    r.id = take(table, r.id);
    r.scope = tree_.scope(r.scope, "an operator call");
    to_.add(r);
  }
  input.mark().check(table, rows.sum());
  copy_numbered<formula_call_record>(input, [&](formula_call_record r) {
    r.scope = tree_.scope(r.scope, "a formula call");
    r.module = tree_.module(r.module, "a formula call");
    to_.add(r);
  });
}

void row_copier::copy_launches(merge_input const& input) {
  bool const old = ranges_are_launches(input.source());
  auto const add_range = [&](scope_range_record r) {
    r.id = take("scope_range", r.id);
    r.plan = plans_.plan(r.plan, "a scope range");
    r.scope = tree_.scope(r.scope, "a scope range");
    r.context = context(r.context);
    to_.add(r);
  };
  {
    counter_cursors counters(input, plans_, counted::launch);
    table_reader rows(input.source(), "launch");
    while (rows.next()) {
      launch_record r;
      std::int64_t covers = 0;
      bool const is_range = read_launch_row(rows, old, r, covers);
      counters.fill(r);
      if (is_range) {
        add_range({r.id, r.plan, r.scope, r.phase, r.order, r.context, covers, std::move(r.counters)});
        continue;
      }
      r.id = take("launch", r.id);
      r.plan = plans_.plan(r.plan, "a launch");
      r.kernel = kernel(r.kernel, "a launch");
      r.scope = tree_.scope(r.scope, "a launch");
      r.operator_call = moved("operator_call", r.operator_call);
      r.context = context(r.context);
      to_.add(r);
    }
    input.mark().check("launch", rows.sum());
    counters.finish();
  }
  if (old) return;
  counter_cursors counters(input, plans_, counted::scope_range);
  table_reader rows(input.source(), "scope_range");
  while (rows.next()) {
    scope_range_record r;
    columns(rows, r);
    counters.fill(r);
    add_range(std::move(r));
  }
  input.mark().check("scope_range", rows.sum());
  counters.finish();
}

void row_copier::copy_reuse(merge_input const& input) {
  if (!has_reuse_tables(input.source(), input.mark())) return;
  {
    counter_cursors counters(input, plans_, counted::reuse_key);
    table_reader rows(input.source(), "reuse_key");
    while (rows.next()) {
      reuse_key_record r;
      columns(rows, r);
      counters.fill(r);
      r.id = take("reuse_key", r.id);
      r.plan = plans_.plan(r.plan, "a key");
      r.kernel = kernel(r.kernel, "a key");
      to_.add(r);
    }
    input.mark().check("reuse_key", rows.sum());
    counters.finish();
  }
  copy_numbered<reuse_count_record>(input, [&](reuse_count_record r) {
    r.key = moved("reuse_key", r.key);
    r.scope = tree_.scope(r.scope, "launches of a key");
    r.operator_call = moved("operator_call", r.operator_call);
    to_.add(r);
  });
  copy_numbered<reuse_audit_record>(input, [&](reuse_audit_record r) {
    r.plan = plans_.plan(r.plan, "an audit");
    to_.add(r);
  });
  counter_cursors counters(input, plans_, counted::reuse_check);
  table_reader rows(input.source(), "reuse_check");
  while (rows.next()) {
    reuse_check_record r;
    columns(rows, r);
    counters.fill(r);
    r.id = take("reuse_check", r.id);
    r.plan = plans_.plan(r.plan, "a check");
    r.key = moved("reuse_key", r.key);
    r.chunk = moved("raw_chunk", r.chunk);
    to_.add(r);
  }
  input.mark().check("reuse_check", rows.sum());
  counters.finish();
}

std::int64_t row_copier::copy_raw(merge_input const& input) {
  if (!has_raw_tables(input.source(), input.mark())) return 0;
  std::int64_t left_out = 0;
  table_reader images(input.source(), "raw_image");
  table_reader chunks(input.source(), "raw_chunk");
  while (chunks.next()) {
    raw_chunk_record r;
    columns(chunks, r);
    std::string encoding;
    std::vector<std::uint8_t> packed;
    if (r.kept) {
      std::int64_t chunk = 0;
      if (images.next()) images(chunk, encoding, packed);
      if (chunk != r.id) throw damage(fmt::format("the raw image of chunk {} is missing", r.id));
      if (encoding != "zstd" && encoding != "plain") {
        r.kept = false;
        ++left_out;
      }
    }
    r.id = take("raw_chunk", r.id);
    r.plan = plans_.plan(r.plan, "a raw chunk");
    r.context = context(r.context);
    to_.add_packed(r, encoding, packed);
  }
  if (images.next()) throw damage("table raw_image has an image of no chunk");
  input.mark().check("raw_chunk", chunks.sum());
  input.mark().check("raw_image", images.sum());
  return left_out;
}

void row_copier::copy_entries(merge_input const& input, std::span<stored_process const> processes) {
  if (!input.is_merged()) {
    std::int64_t row = 0;
    for (auto const& [scope, entries] : tree_.entries()) {
      take("process_scope", ++row);
      to_.add(process_scope_record{processes.front().record.id, scope, entries});
    }
    return;
  }
  std::unordered_map<std::int64_t, std::int64_t> new_id;
  for (std::size_t i = 0; i < processes.size(); ++i)
    new_id[input.processes()[i].record.id] = processes[i].record.id;
  copy_numbered<process_scope_record>(input, [&](process_scope_record const& r) {
    auto const process = new_id.find(r.process);
    if (process == new_id.end())
      throw damage(fmt::format("a scope was entered by process {}, which is not there", r.process));
    to_.add(process_scope_record{process->second, tree_.scope(r.scope, "a process"), r.entries});
  });
}

void row_copier::copy_processes(merge_input const& input, std::span<stored_process const> processes) {
  for (auto const& p : processes) {
    to_.add(p.record);
    for (auto const* table : tables_by_process) {
      auto const it = offsets_.find(table);
      if (it == offsets_.end() || it->second.largest == 0) continue;
      auto const rows = input.is_merged() ? p.rows_of(table) : id_range{1, it->second.largest};
      if (rows.first > rows.last) continue;
      static_cast<void>(moved(table, rows.last));
      to_.add(process_rows_record{p.record.id, table, moved(table, rows.first), rows.last - rows.first + 1});
    }
    for (auto const& [key, value] : p.info) to_.add(process_info_record{p.record.id, key, value});
    for (auto const& l : p.losses) to_.add(process_loss_record{p.record.id, l});
  }
}

std::int64_t row_copier::copy(merge_input const& input, std::span<stored_process const> processes) {
  kernels_of_.clear();
  contexts_of_.clear();
  for (auto& [table, o] : offsets_) o = {o.base + o.largest, 0};
  copy_calls(input);
  copy_kernels(input, processes);
  copy_launches(input);
  auto const left_out = copy_raw(input);
  copy_reuse(input);
  copy_entries(input, processes);
  copy_processes(input, processes);
  return left_out;
}

}  // namespace flopwatch::capture_detail
