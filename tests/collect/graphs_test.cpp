// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// CUDA graphs between and among single launches.
#include "collect/passes.hpp"

using namespace flopwatch::test;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

TEST_F(passes, over_a_graph_give_no_values) {
  program gpu;
  graph_of graph(gpu, "a");
  auto const r = counted(options(), [&] {
    gpu.launch("a");
    graph.launch();
    gpu.launch("a");
  });
  EXPECT_THAT(r.losses(), ElementsAre("graph_not_measured"));
  ASSERT_EQ(r.launches.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_THAT(r.counters(i), IsEmpty());
}

TEST_F(passes, a_graph_between_launches_leaves_them_their_values) {
  program gpu;
  standin_kernel_value("b", fadd_sum, 2, 0);
  graph_of graph(gpu, "a");
  flopwatch::session session{{.device = "cuda:0", .raw = flopwatch::raw_choice::all}};
  session.start();
  graph.launch();
  gpu.launch("a");
  gpu.launch("b");
  graph.launch();
  graph.launch();
  gpu.launch("b");
  auto const r = record_of(session.stop());
  ASSERT_EQ(r.launches.size(), 6U);
  EXPECT_EQ(r.kernel(0), "(CUDA graph)");
  EXPECT_THAT(r.counters(0), IsEmpty());
  EXPECT_EQ(r.counters(1).at(fadd_sum), 1);
  EXPECT_EQ(r.counters(2).at(fadd_sum), 2);
  EXPECT_THAT(r.counters(3), IsEmpty());
  EXPECT_THAT(r.counters(4), IsEmpty());
  EXPECT_EQ(r.counters(5).at(fadd_sum), 2);
  EXPECT_THAT(r.losses(), ElementsAre("graph_not_measured"));
  EXPECT_EQ(r.data.losses[0].count, 3);
  ASSERT_EQ(r.data.raw_chunks.size(), 2U);
  EXPECT_EQ(r.data.raw_chunks[0].first_order, 1);
  EXPECT_EQ(r.data.raw_chunks[0].launches, 2);
  EXPECT_EQ(r.data.raw_chunks[0].context, r.launches[1].context);
  EXPECT_FALSE(r.data.raw_chunks[0].lossy);
  EXPECT_EQ(r.data.raw_chunks[1].first_order, 5);
  EXPECT_EQ(r.data.raw_chunks[1].launches, 1);
}

TEST_F(passes, graphs_alone_are_lost_and_nothing_else_is) {
  program gpu;
  graph_of graph(gpu, "a");
  flopwatch::session session{{.device = "cuda:0", .max_ranges = 2}};
  session.start();
  gpu.launch("a");
  for (int i = 0; i < 5; ++i) graph.launch();
  auto const r = record_of(session.stop());
  ASSERT_EQ(r.launches.size(), 6U);
  EXPECT_EQ(r.counters(0).at(fadd_sum), 1);
  EXPECT_THAT(r.losses(), ElementsAre("graph_not_measured"));
  EXPECT_EQ(r.data.losses[0].count, 5);
}

TEST_F(passes, a_refused_graph_is_no_loss) {
  program gpu;
  program own(0, program::own_context{});
  graph_of graph(gpu, "a");
  own.use();
  auto* const elsewhere = own.new_stream();
  gpu.use();
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  gpu.launch("a");
  EXPECT_NE(graph.try_launch(elsewhere), CUDA_SUCCESS) << "a stream of another context";
  gpu.launch("a");
  auto const r = record_of(session.stop());
  ASSERT_EQ(r.launches.size(), 2U);
  EXPECT_EQ(r.counters(1).at(fadd_sum), 1);
  EXPECT_THAT(r.losses(), IsEmpty());
}

}  // namespace
