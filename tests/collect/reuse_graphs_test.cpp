// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Reuse of CUDA graphs, and beside stream captures.
#include <gmock/gmock.h>

#include "collect/reuse.hpp"

namespace flopwatch::test {
namespace {

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

}  // namespace
}  // namespace flopwatch::test
