// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <tuple>
#include <unordered_map>
#include <vector>

#include <cuda.h>

#include "collect/kernel_table.hpp"
#include "recording/thread_record.hpp"

namespace flopwatch::collect {

/// A kernel that a graph holds: what the thread that captured it knew.
struct graph_kernel {
  std::int64_t kernel = 0;                              ///< kernel_table's number
  detail::scope_node const* scope = nullptr;            ///< null: no recording saw the capturing thread
  detail::operator_row const* operator_call = nullptr;  ///< null: outside the dispatcher
  phase in_phase = phase::forward;
  /// Equal for nodes that do the same work, as far as their launch tells it; 0: not known. Where nobody says
  /// it, graphs of the same kernels are equal.
  std::uint64_t work = 0;
  friend bool operator<(graph_kernel const& a, graph_kernel const& b) noexcept {
    return std::tie(a.kernel, a.scope, a.operator_call, a.in_phase, a.work) <
           std::tie(b.kernel, b.scope, b.operator_call, b.in_phase, b.work);
  }
};

/// What stands for a graph, or for a kernel in it, of which nothing is known.
inline constexpr char const* unknown_graph = "(CUDA graph)";
inline constexpr char const* unknown_graph_kernel = "(kernel of a graph)";

/// The kernels of one graph, with the number of their nodes.
using graph_kernels = std::map<graph_kernel, std::int64_t>;

/// Which kernels the graphs of the process hold, as far as they were announced: graphs that were built before
/// anybody listened are not known. A graph has a number once it was instantiated: the kernel_table's, of a
/// name like
/// "(CUDA graph 1)". Graphs of equal kernels and origins share it; so does one whose kernels have no origin
/// with the first of equal kernels. Thread-safe.
class graph_table {
 public:
  explicit graph_table(kernel_table& kernels);

  void created(CUgraph graph);
  void add(CUgraph graph, CUgraphNode node, graph_kernel const& kernel);
  /// A node that launches the executable graph `child`; null: a graph that is not known.
  void add_graph(CUgraph graph, CUgraphNode node, CUgraphExec child);
  void cloned(CUgraph graph, CUgraph original);
  void node_cloned(CUgraph graph, CUgraphNode node, CUgraph original_graph, CUgraphNode original);
  void node_destroyed(CUgraph graph, CUgraphNode node) noexcept;
  void destroyed(CUgraph graph) noexcept;
  void instantiated(CUgraphExec exec, CUgraph graph);
  void exec_destroyed(CUgraphExec exec) noexcept;

  /// 0 for an executable graph that is not known. Takes no lock where the thread has asked for the same one
  /// before, and no graph was instantiated or destroyed since.
  [[nodiscard]] std::int64_t number_of(CUgraphExec exec) const { return find(exec).number; }
  /// It can hold a kernel that waits for others; so can one that is not known. As `number_of`.
  [[nodiscard]] bool may_wait(CUgraphExec exec) const { return find(exec).may_wait; }
  /// What is known of a graph of that number.
  struct facts {
    bool waits = false;       ///< one of its kernels waits for others
    bool works_known = true;  ///< graph_kernel::work of all: graphs of that number do the same
  };
  [[nodiscard]] facts facts_of(std::int64_t number) const;
  /// The kernels of each number. Do not call it while others still add some.
  [[nodiscard]] std::map<std::int64_t, graph_kernels> const& numbered() const noexcept { return numbered_; }

 private:
  struct executable {
    std::int64_t number = 0;
    bool may_wait = true;
  };
  [[nodiscard]] executable find(CUgraphExec exec) const;
  [[nodiscard]] bool can_wait(graph_kernels const& all);

  using nodes = std::unordered_map<CUgraphNode, graph_kernels>;
  [[nodiscard]] std::int64_t number(graph_kernels const& all);
  void executable_graphs_change() noexcept;

  kernel_table* kernels_;
  mutable std::mutex mutex_;
  std::atomic<std::uint64_t> version_;  ///< of `execs_`, unique in the process
  std::unordered_map<CUgraph, nodes> graphs_;
  std::unordered_map<CUgraphExec, executable> execs_;
  std::map<graph_kernels, std::int64_t> numbers_;
  std::map<graph_kernels, std::int64_t>
      bare_numbers_;  ///< by kernels without their origin: the first such graph
  std::map<std::int64_t, graph_kernels> numbered_;
};

}  // namespace flopwatch::collect
