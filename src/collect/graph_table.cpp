// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/graph_table.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace flopwatch::collect {
namespace {

std::atomic<std::uint64_t> last_version{0};

}  // namespace

graph_table::graph_table(kernel_table& kernels) : kernels_(&kernels), version_(0) {
  executable_graphs_change();
}

void graph_table::executable_graphs_change() noexcept {
  version_.store(last_version.fetch_add(1) + 1, std::memory_order_release);
}

void graph_table::created(CUgraph graph) {
  std::lock_guard const lock(mutex_);
  graphs_[graph].clear();  // the address can be that of an older graph
}

void graph_table::add(CUgraph graph, CUgraphNode node, graph_kernel const& kernel) {
  std::lock_guard const lock(mutex_);
  if (auto const found = graphs_.find(graph); found != graphs_.end()) found->second[node] = {{kernel, 1}};
}

void graph_table::add_graph(CUgraph graph, CUgraphNode node, CUgraphExec child) {
  std::lock_guard const lock(mutex_);
  auto const found = graphs_.find(graph);
  if (found == graphs_.end()) return;
  auto const known = execs_.find(child);
  if (known != execs_.end()) {
    found->second[node] = numbered_.at(known->second.number);
  } else {
    found->second[node] = {{{kernels_->number_of(unknown_graph), nullptr, nullptr, phase::forward, 0}, 1}};
  }
}

void graph_table::cloned(CUgraph graph, CUgraph original) {
  std::lock_guard const lock(mutex_);
  if (graphs_.contains(original)) graphs_[graph].clear();
}

void graph_table::node_cloned(CUgraph graph, CUgraphNode node, CUgraph original_graph, CUgraphNode original) {
  std::lock_guard const lock(mutex_);
  auto const from = graphs_.find(original_graph);
  auto const to = graphs_.find(graph);
  if (from == graphs_.end() || to == graphs_.end()) return;
  if (auto const found = from->second.find(original); found != from->second.end()) {
    to->second[node] = found->second;
  }
}

void graph_table::node_destroyed(CUgraph graph, CUgraphNode node) noexcept {
  std::lock_guard const lock(mutex_);
  if (auto const found = graphs_.find(graph); found != graphs_.end()) found->second.erase(node);
}

void graph_table::destroyed(CUgraph graph) noexcept {
  std::lock_guard const lock(mutex_);
  graphs_.erase(graph);
}

void graph_table::instantiated(CUgraphExec exec, CUgraph graph) {
  std::lock_guard const lock(mutex_);
  auto const found = graphs_.find(graph);
  if (found == graphs_.end()) {
    execs_.erase(exec);
    executable_graphs_change();
    return;
  }
  graph_kernels all;
  for (auto const& [node, kernels] : found->second) {
    for (auto const& [kernel, times] : kernels) all[kernel] += times;
  }
  execs_[exec] = {number(all), can_wait(all)};
  executable_graphs_change();
}

std::int64_t graph_table::number(graph_kernels const& all) {
  if (auto const known = numbers_.find(all); known != numbers_.end()) return known->second;
  graph_kernels bare;
  bool has_origin = false;
  for (auto const& [k, times] : all) {
    bare[{k.kernel, nullptr, nullptr, phase::forward, k.work}] += times;
    has_origin = has_origin || k.scope != nullptr || k.operator_call != nullptr;
  }
  // Only the first run of the user's function has scopes; later ones capture the same graphs again.
  if (auto const like = bare_numbers_.find(bare); like != bare_numbers_.end() && !has_origin)
    return like->second;
  auto const name = "(CUDA graph " + std::to_string(numbers_.size() + 1) + ")";
  auto const n = kernels_->number_of(name.c_str());
  numbers_.emplace(all, n);
  bare_numbers_.emplace(bare, n);
  numbered_.emplace(n, all);
  return n;
}

void graph_table::exec_destroyed(CUgraphExec exec) noexcept {
  std::lock_guard const lock(mutex_);
  execs_.erase(exec);
  executable_graphs_change();
}

graph_table::facts graph_table::facts_of(std::int64_t number) const {
  std::lock_guard const lock(mutex_);
  facts out;
  auto const found = numbered_.find(number);
  if (found == numbered_.end()) return out;
  for (auto const& [kernel, times] : found->second) {
    out.waits = out.waits || kernels_->waits(kernel.kernel);
    out.works_known = out.works_known && kernel.work != 0;
  }
  return out;
}

bool graph_table::can_wait(graph_kernels const& all) {
  return std::any_of(all.begin(), all.end(), [&](auto const& one) {
    auto const name = kernels_->name_of(one.first.kernel);
    return name == unknown_graph || name == unknown_graph_kernel || kernels_->waits(one.first.kernel);
  });
}

graph_table::executable graph_table::find(CUgraphExec exec) const {
  // What this thread asked for last, by the lowest bits of the handle.
  struct asked {
    std::uint64_t version = 0;
    CUgraphExec exec = nullptr;
    executable found;
  };
  thread_local std::array<asked, 16> asked_last;
  auto& last = asked_last[(reinterpret_cast<std::uintptr_t>(exec) >> 6U) % asked_last.size()];
  auto const version = version_.load(std::memory_order_acquire);
  if (last.version == version && last.exec == exec) return last.found;
  std::lock_guard const lock(mutex_);
  auto const found = execs_.find(exec);
  last = {version, exec, found == execs_.end() ? executable() : found->second};
  return last.found;
}

}  // namespace flopwatch::collect
