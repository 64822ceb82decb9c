// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Reuse of CUDA graphs, and beside stream captures.
#include <gmock/gmock.h>

#include "collect/graph_of.hpp"
#include "collect/reuse.hpp"

namespace flopwatch::test {
namespace {

using testing::Contains;

TEST_F(reuse_of_counts, leaves_a_stream_capture_alone) {
  program p;
  auto const stream = p.new_stream();
  auto const r = run(options(), [&] {
    for (int step = 0; step < 10; ++step) {
      p.launch("_Z3addv");
      CUgraph graph = nullptr;
      must(cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_GLOBAL), "begin");
      for (int i = 0; i < 50; ++i) p.launch("_Z4gemmv", 2, 32, stream);
      must(cuStreamEndCapture(stream, &graph), "end");
      CUgraphExec exec = nullptr;
      must(cuGraphInstantiate(&exec, graph, 0), "instantiate");
      for (int i = 0; i < 5; ++i) must(cuGraphLaunch(exec, stream), "launch");
      must(cuGraphExecDestroy(exec), "destroy");
      must(cuGraphDestroy(graph), "destroy");
    }
  });
  // Ten graphs of the same kernels are one key, and a launch of one is one launch.
  ASSERT_EQ(r.data.reuse_keys.size(), 2U);
  EXPECT_EQ(r.data.reuse_keys[0].launches, 10);
  EXPECT_EQ(r.data.reuse_keys[1].launches, 50);
  std::int64_t gemm = 0;
  for (auto const& g : r.data.launch_groups) {
    if (auto const it = g.sums.find(ffma_sum); it != g.sums.end() && g.graph == 0)
      gemm += it->second.value_or(0);
  }
  EXPECT_EQ(gemm, 50 * 50 * (1000 + 2 * 64));
}

TEST_F(reuse_of_counts, that_stop_inside_a_stream_capture_leave_it_alone) {
  program p;
  auto const stream = p.new_stream();
  for (int i = 0; i < 2; ++i) {
    session s(options());
    s.start();
    for (int k = 0; k < 5; ++k) p.launch("_Z3addv");
    CUgraph graph = nullptr;
    must(cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_GLOBAL), "begin");
    auto const r = record_of(s.stop());
    p.launch("_Z4gemmv", 2, 32, stream);
    must(cuStreamEndCapture(stream, &graph), "end");
    ASSERT_EQ(r.data.reuse_keys.size(), 1U);
    EXPECT_GE(r.data.reuse_keys[0].checks, 3);
    EXPECT_EQ(r.data.launch_groups.at(0).sums.at(fadd_sum), 5 * 7);
  }
  // The next one finds a profiler that works.
  auto const r = run(options(), [&] {
    for (int k = 0; k < 5; ++k) p.launch("_Z3addv");
  });
  EXPECT_EQ(r.data.launch_groups.at(0).sums.at(fadd_sum), 5 * 7);
}

/// A graph of one captured launch.
CUgraphExec captured_graph(program& p, CUstream stream, char const* kernel, unsigned blocks) {
  CUgraph graph = nullptr;
  CUgraphExec exec = nullptr;
  must(cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_GLOBAL), "begin");
  p.launch(kernel, blocks, 32, stream);
  must(cuStreamEndCapture(stream, &graph), "end");
  must(cuGraphInstantiate(&exec, graph, 0), "instantiate");
  must(cuGraphDestroy(graph), "destroy");
  return exec;
}

void replay(CUgraphExec exec, int times) {
  for (int i = 0; i < times; ++i) must(cuGraphLaunch(exec, nullptr), "cuGraphLaunch");
}

std::int64_t sum_of(recorded const& r, char const* metric) {
  std::int64_t out = 0;
  for (auto const& g : r.data.launch_groups) {
    auto const found = g.sums.find(metric);
    if (found != g.sums.end() && g.graph == 0) out += found->second.value_or(0);
  }
  return out;
}

TEST_F(reuse_of_counts, of_graphs_from_before_the_session_are_apart) {
  program p;
  auto const stream = p.new_stream();
  auto* const small = captured_graph(p, stream, "_Z4gemmv", 1);
  auto* const large = captured_graph(p, stream, "_Z4gemmv", 100);
  auto const r = run(options(), [&] {
    replay(small, 200);
    replay(large, 100);
  });
  EXPECT_EQ(sum_of(r, ffma_sum), 200 * (1000 + 2 * 32) + 100 * (1000 + 2 * 3200));
}

TEST_F(reuse_of_counts, of_graphs_of_one_kernel_and_other_grids_are_apart) {
  program p;
  auto const stream = p.new_stream();
  auto const r = run(options(), [&] {
    for (int round = 0; round < 3; ++round) {
      auto* const small = captured_graph(p, stream, "_Z4gemmv", 1);
      auto* const large = captured_graph(p, stream, "_Z4gemmv", 100);
      replay(small, 50);
      replay(large, 20);
      must(cuGraphExecDestroy(small), "destroy");
      must(cuGraphExecDestroy(large), "destroy");
    }
  });
  EXPECT_EQ(sum_of(r, ffma_sum), 150 * (1000 + 2 * 32) + 60 * (1000 + 2 * 3200));
  EXPECT_EQ(r.data.reuse_keys.size(), 2U) << "captured again, they are the same";
}

TEST_F(reuse_of_counts, of_graphs_whose_nodes_are_not_known_are_apart) {
  program p;
  auto const r = run(options(), [&] {
    graph_of gemm(p, "_Z4gemmv");
    graph_of add(p, "_Z3addv");
    for (int i = 0; i < 50; ++i) {
      gemm.launch();
      add.launch();
    }
  });
  EXPECT_EQ(sum_of(r, ffma_sum), 50 * 3 * (1000 + 2));
  EXPECT_EQ(sum_of(r, fadd_sum), 50 * 3 * 7);
}

TEST_F(reuse_of_counts, never_measures_a_graph_with_a_kernel_that_waits) {
  program p;
  auto const stream = p.new_stream();
  auto const r = run(options(), [&] {
    auto* const graph = captured_graph(p, stream, "_Z30ncclDevKernel_AllReduce_Sum_fv", 1);
    replay(graph, 20);
  });
  ASSERT_EQ(r.data.reuse_keys.size(), 1U);
  EXPECT_EQ(r.data.reuse_keys[0].launches, 20);
  EXPECT_EQ(r.data.reuse_keys[0].checks, 0);
  EXPECT_THAT(r.losses(), Contains("waiting_kernels"));
}

}  // namespace
}  // namespace flopwatch::test
