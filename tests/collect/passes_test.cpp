// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Groups of metrics that take several passes, and values that stand with the right group, launch and context.
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "collect/seed_model.hpp"
#include "flopwatch/scope.hpp"

using namespace collect_test;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

constexpr char const* throughput = "sm__throughput.avg.pct_of_peak_sustained_elapsed";

/// A graph of three kernels.
class graph_of {
 public:
  graph_of(program& gpu, char const* kernel) {
    must(cuGraphCreate(&graph_, 0), "cuGraphCreate");
    for (int i = 0; i < 3; ++i) {
      CUDA_KERNEL_NODE_PARAMS node{};
      node.func = gpu.function(kernel);
      node.gridDimX = node.gridDimY = node.gridDimZ = node.blockDimX = node.blockDimY = node.blockDimZ = 1;
      CUgraphNode added = nullptr;
      must(cuGraphAddKernelNode(&added, graph_, nullptr, 0, &node), "cuGraphAddKernelNode");
    }
    must(cuGraphInstantiate(&whole_, graph_, 0), "cuGraphInstantiate");
  }
  ~graph_of() {
    cuGraphExecDestroy(whole_);
    cuGraphDestroy(graph_);
  }
  graph_of(graph_of const&) = delete;
  graph_of& operator=(graph_of const&) = delete;

  CUresult try_launch(CUstream stream = nullptr) { return cuGraphLaunch(whole_, stream); }
  void launch() { must(try_launch(), "cuGraphLaunch"); }

 private:
  CUgraph graph_ = nullptr;
  CUgraphExec whole_ = nullptr;
};

class passes : public seed_model {
 protected:
  // Passes that differ end at once, and their image, which is kept as lossy, is read before all are in.
  static void allow_early_reading() {
    EXPECT_EQ(standin_violations(), standin_violations_of(20));
    standin_clear_violations();
  }
  void SetUp() override {
    seed_model::SetUp();
    standin_kernel_value("a", throughput, 3, 0);
    standin_kernel_value("b", throughput, 5, 0);
    standin_kernel_value("a", fadd_sum, 1, 0);
  }
  static flopwatch::session_options options() {
    return {.device = "cuda:0", .metrics = throughput, .warmup = 0};
  }
};

TEST_F(passes, of_one_group_go_over_every_context) {
  program primary;
  program own(0, program::own_context{});
  flopwatch::session session{options()};
  auto const r = record_of(session.count([&] {
    primary.use();
    primary.launch("a");
    own.use();
    own.launch("b");
  }));
  EXPECT_THAT(r.losses(), IsEmpty());
  ASSERT_EQ(r.launches.size(), 2U);
  EXPECT_EQ(r.counters(0).at(throughput), 3);
  EXPECT_EQ(r.counters(1).at(throughput), 5);
}

TEST_F(passes, that_launch_anything_else_give_no_values) {
  program gpu;
  std::vector<std::function<void()>> const others{
      [&] { gpu.launch("b", 2, 2); },
      [&] { gpu.launch("a", 4, 2); },
      [&] { gpu.launch("a", 2, 4); },
  };
  for (auto const& other : others) {
    int run = 0;
    auto o = options();
    o.raw = flopwatch::raw_choice::all;
    flopwatch::session session{o};
    auto const r = record_of(session.count([&] {
      if (++run == 2) {
        other();
      } else {
        gpu.launch("a", 2, 2);
      }
      gpu.launch("a");
    }));
    EXPECT_EQ(run, 2) << "no further pass can mend it";
    EXPECT_THAT(r.losses(), ElementsAre("iterations_differ"));
    EXPECT_EQ(r.data.losses[0].count, 2);
    ASSERT_EQ(r.launches.size(), 2U);
    EXPECT_THAT(r.counters(0), IsEmpty());
    EXPECT_THAT(r.counters(1), IsEmpty());
    EXPECT_EQ(r.kernel(0), "a");
    ASSERT_EQ(r.data.raw_chunks.size(), 1U);
    EXPECT_TRUE(r.data.raw_chunks[0].lossy);
    allow_early_reading();
  }
}

TEST_F(passes, that_are_refused_a_launch_after_a_difference_still_differ) {
  program gpu;
  int run = 0;
  flopwatch::session session{options()};
  auto const r = record_of(session.count([&] {
    gpu.launch(++run == 2 ? "b" : "a");
    EXPECT_NE(gpu.try_launch("a", 0, 0), CUDA_SUCCESS);
    gpu.launch("a");
  }));
  EXPECT_THAT(r.losses(), ElementsAre("iterations_differ"));
  allow_early_reading();
}

TEST_F(passes, with_a_launch_more_or_less_give_no_values) {
  program gpu;
  for (int const odd : {0, 2}) {
    int run = 0;
    flopwatch::session session{options()};
    auto const r = record_of(session.count([&] {
      int const launches = ++run == 2 ? odd : 1;
      for (int i = 0; i < launches; ++i) gpu.launch("a");
    }));
    EXPECT_FALSE(r.losses().empty());
    ASSERT_EQ(r.launches.size(), 1U);
    EXPECT_THAT(r.counters(0), IsEmpty());
    standin_clear_violations();  // the profiler refuses such passes too
  }
}

TEST_F(passes, with_a_launch_behind_the_last_range_differ) {
  program gpu;
  int run = 0;
  auto o = options();
  o.scope_depth = 1;
  flopwatch::session session{o};
  auto const r = record_of(session.count([&] {
    {
      flopwatch::scope const one("one");
      gpu.launch("a");
    }
    flopwatch::scope const two("two");
    if (++run == 2) gpu.launch("a");
  }));
  EXPECT_THAT(r.losses(), ElementsAre("iterations_differ"));
  ASSERT_EQ(r.launches.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_THAT(r.counters(i), IsEmpty());
  allow_early_reading();
}

TEST_F(passes, hold_as_many_launches_as_ranges_and_no_more) {
  program gpu;
  for (int const launches : {3, 4}) {
    auto o = options();
    o.max_ranges = 3;
    flopwatch::session session{o};
    auto const r = record_of(session.count([&] {
      for (int i = 0; i < launches; ++i) gpu.launch("a");
    }));
    ASSERT_EQ(r.launches.size(), static_cast<std::size_t>(launches));
    if (launches == 3) {
      EXPECT_THAT(r.losses(), IsEmpty());
      EXPECT_EQ(r.counters(2).at(throughput), 3);
    } else {
      EXPECT_THAT(r.losses(), ElementsAre("ranges_dropped"));
      for (std::size_t i = 0; i < 4; ++i) EXPECT_THAT(r.counters(i), IsEmpty());
    }
  }
}

TEST_F(passes, hold_as_many_scopes_as_ranges_and_no_more) {
  program gpu;
  for (int const scopes : {3, 4}) {
    auto o = options();
    o.max_ranges = 3;
    o.scope_depth = 1;
    flopwatch::session session{o};
    auto const r = record_of(session.count([&] {
      for (int i = 0; i < scopes; ++i) {
        flopwatch::scope const here("scope" + std::to_string(i));
        gpu.launch("a");
        gpu.launch("b");
      }
    }));
    std::size_t ranges = 0;
    for (std::size_t i = 0; i < r.launches.size(); ++i) {
      if (r.launches[i].kernel != 0) continue;
      EXPECT_EQ(r.launches[i].order, static_cast<std::int64_t>(ranges));
      ++ranges;
      if (scopes == 3) {
        EXPECT_EQ(r.counters(i).at(throughput), 8);
      } else {
        EXPECT_THAT(r.counters(i), IsEmpty());
      }
    }
    EXPECT_EQ(ranges, 3U);
    if (scopes == 3) {
      EXPECT_THAT(r.losses(), IsEmpty());
    } else {
      EXPECT_THAT(r.losses(), ElementsAre("ranges_dropped"));
    }
  }
}

TEST_F(passes, of_a_later_group_have_room_for_the_whole_run) {
  program gpu;
  for (int const depth : {0, 1}) {
    auto o = options();
    o.metrics = std::string(fadd_sum) + "," + throughput;
    o.max_ranges = 2;
    o.scope_depth = depth;
    flopwatch::session session{o};
    auto const r = record_of(session.count([&] {
      for (int i = 0; i < 7; ++i) {
        flopwatch::scope const here("scope" + std::to_string(i));
        gpu.launch("a");
      }
    }));
    ASSERT_GT(r.data.metrics.at(1).pass, r.data.metrics.at(0).pass) << "the test wants two groups";
    ASSERT_EQ(r.data.metrics.at(0).name, fadd_sum) << "of which the second one takes several passes";
    EXPECT_THAT(r.losses(), IsEmpty());
    int values = 0;
    for (std::size_t i = 0; i < r.launches.size(); ++i) {
      if (r.launches[i].plan == 0) continue;
      ++values;
      EXPECT_EQ(r.counters(i).at(fadd_sum), 1) << i;
      EXPECT_EQ(r.counters(i).at(throughput), 3) << i;
    }
    EXPECT_EQ(values, 7);
  }
}

TEST_F(passes, of_more_launches_than_wait_in_memory_are_of_all_of_them) {
  program gpu;
  auto o = options();
  o.scope_depth = 1;
  flopwatch::session session{o};
  auto const r = record_of(session.count([&] {
    flopwatch::scope const here("here");
    for (int i = 0; i < 1500; ++i) gpu.launch("a");
  }));
  EXPECT_THAT(r.losses(), IsEmpty());
  ASSERT_EQ(r.launches.size(), 1501U);
  std::int64_t order = 0;
  for (auto const& l : r.launches) {
    if (l.kernel != 0) {
      EXPECT_EQ(l.order, order++);
    }
  }
}

TEST_F(passes, over_a_graph_give_no_values) {
  program gpu;
  graph_of graph(gpu, "a");
  flopwatch::session session{options()};
  auto const r = record_of(session.count([&] {
    gpu.launch("a");
    graph.launch();
    gpu.launch("a");
  }));
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

/// Every metric has a value of its own.
void number_metrics(recorded const& known, char const* kernel) {
  for (auto const& m : known.data.metrics) {
    standin_kernel_value(kernel, m.name.c_str(), 1000 + static_cast<double>(m.id), 0);
  }
}

class every_metric : public passes, public testing::WithParamInterface<int> {};

TEST_P(every_metric, has_its_own_value_also_when_a_group_between_is_left_out) {
  program gpu;
  flopwatch::session session{{.device = "cuda:0", .scope_depth = GetParam(), .warmup = 0}};
  auto const all = record_of(session.count([&] { gpu.launch("k"); }));
  number_metrics(all, "k");
  int run = 0;
  auto const r = record_of(session.count([&] {
    gpu.launch("k");
    if (++run == 2) gpu.launch("other");
  }));
  EXPECT_THAT(r.losses(), ElementsAre("iterations_differ"));
  std::map<std::string, flopwatch::metric_record> expected;
  for (auto const& m : all.data.metrics) {
    if (m.pass != 1) expected[m.name] = m;
  }
  ASSERT_LT(expected.size(), all.data.metrics.size());
  ASSERT_EQ(r.data.metrics.size(), expected.size());
  for (auto const& m : r.data.metrics) {
    EXPECT_EQ(m.pass, expected.at(m.name).pass);
    EXPECT_EQ(m.unit, expected.at(m.name).unit);
  }
  std::size_t measured = 0;
  for (std::size_t i = 0; i < r.launches.size(); ++i) {
    if (r.launches[i].plan == 0) continue;
    ++measured;
    auto const counters = r.counters(i);
    EXPECT_EQ(counters.size(), expected.size());
    for (auto const& [name, value] : counters) {
      EXPECT_EQ(value, 1000 + static_cast<double>(expected.at(name).id)) << name;
    }
  }
  EXPECT_EQ(measured, 1U);
}

INSTANTIATE_TEST_SUITE_P(by_launch_and_by_scope, every_metric, testing::Values(0, 1));

TEST_F(passes, a_group_that_fails_on_the_way_has_no_values_and_the_others_have) {
  program gpu;
  flopwatch::session session{{.device = "cuda:0", .scope_depth = 1, .warmup = 0}};
  auto const run = [&] {
    for (auto const* name : {"one", "two", "three"}) {
      flopwatch::scope const here(name);
      gpu.launch("k");
    }
  };
  auto const all = record_of(session.count(run));
  number_metrics(all, "k");
  ASSERT_EQ(standin_add_faults("cuptiRangeProfilerPushRange#5=999"),
            0);  // the second one of the second group
  auto const r = record_of(session.count(run));
  EXPECT_EQ(standin_fault_hits(), 1U);
  EXPECT_THAT(r.losses(), ElementsAre("counters_failed"));
  std::map<std::string, flopwatch::metric_record> of;
  for (auto const& m : all.data.metrics) of[m.name] = m;
  std::size_t ranges = 0;
  for (std::size_t i = 0; i < r.launches.size(); ++i) {
    if (r.launches[i].kernel != 0) continue;
    ++ranges;
    auto const counters = r.counters(i);
    for (auto const& [name, m] : of) {
      EXPECT_EQ(counters.contains(name), m.pass != 1) << name;
      if (counters.contains(name)) {
        EXPECT_EQ(counters.at(name), 1000 + static_cast<double>(m.id)) << name;
      }
    }
  }
  EXPECT_EQ(ranges, 3U);
  standin_clear_violations();
}

TEST_F(passes, lost_chunks_are_kept_as_lossy_and_the_sample_is_a_good_one) {
  program gpu;
  flopwatch::session session{{.device = "cuda:0", .max_ranges = 2}};
  session.start();
  standin_drop_ranges(1);
  for (int i = 0; i < 3; ++i) gpu.launch("a");
  standin_drop_ranges(0);
  for (int i = 0; i < 3; ++i) gpu.launch("a");
  auto const r = record_of(session.stop());
  EXPECT_THAT(r.losses(), ElementsAre("ranges_dropped"));
  EXPECT_EQ(r.data.losses[0].count, 2);
  ASSERT_EQ(r.launches.size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(r.counters(i).contains(fadd_sum), i > 1) << i;
  ASSERT_EQ(r.data.raw_chunks.size(), 3U);
  EXPECT_TRUE(r.data.raw_chunks[0].lossy);
  EXPECT_TRUE(r.data.raw_chunks[0].kept);
  EXPECT_FALSE(r.data.raw_chunks[1].lossy);
  EXPECT_TRUE(r.data.raw_chunks[1].kept);
  EXPECT_FALSE(r.data.raw_chunks[2].kept);
}

TEST_F(passes, an_exception_with_another_context_current_gives_the_profiler_back) {
  program gpu;
  program own(0, program::own_context{});
  flopwatch::session session{{.device = "cuda:0", .warmup = 0}};
  EXPECT_THROW(session.count([&] {
    gpu.use();
    gpu.launch("a");
    own.use();
    throw std::logic_error("mine");
  }),
               std::logic_error);
  gpu.use();
  auto const r = record_of(session.count([&] { gpu.launch("a"); }));
  EXPECT_THAT(r.losses(), IsEmpty());
  ASSERT_EQ(r.launches.size(), 1U);
  EXPECT_EQ(r.counters(0).at(fadd_sum), 1);
}

TEST_F(passes, a_phase_begins_a_range_of_its_own) {
  program gpu;
  auto const backward = [](auto const& inside) {
    auto& record = *flopwatch::detail::current_record();
    record.enter_backward(nullptr);
    inside();
    record.leave_backward();
  };
  for (int const depth : {0, 1}) {
    flopwatch::session session{{.device = "cuda:0", .scope_depth = depth}};
    session.start();
    EXPECT_NE(gpu.try_launch("a", 0, 0), CUDA_SUCCESS);
    backward([&] { gpu.launch("a"); });
    gpu.launch("a");
    backward([&] { gpu.launch("a"); });
    auto const r = record_of(session.stop());
    std::vector<flopwatch::phase> found;
    for (auto const& l : r.launches) {
      if (l.plan != 0) found.push_back(l.phase);
    }
    EXPECT_THAT(
        found, ElementsAre(flopwatch::phase::backward, flopwatch::phase::forward, flopwatch::phase::backward))
        << depth;
    EXPECT_THAT(r.losses(), IsEmpty());
  }
}

TEST_F(passes, a_value_that_is_no_number_is_not_collected) {
  program gpu;
  standin_set_nan(fadd_sum, 1);
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  gpu.launch("a");
  auto const r = record_of(session.stop());
  EXPECT_FALSE(r.counters(0).contains(fadd_sum));
  EXPECT_EQ(r.counters(0).at(ffma_sum), 0);
}

TEST_F(passes, that_cannot_begin_again_leave_each_launch_listed_once) {
  for (int const call : {3, 4}) {  // of the second pass: the primary context's, and the other's
    program primary;
    program own(0, program::own_context{});
    ASSERT_EQ(standin_add_faults(("cuptiRangeProfilerStart#" + std::to_string(call) + "=26").c_str()), 0);
    int runs = 0;
    {
      flopwatch::session session{options()};
      auto const r = record_of(session.count([&] {
        ++runs;
        primary.use();
        primary.launch("a");
        own.use();
        own.launch("b");
      }));
      EXPECT_EQ(standin_fault_hits(), 1U);
      EXPECT_EQ(runs, 2);
      ASSERT_EQ(r.launches.size(), 2U);
      for (std::size_t i = 0; i < 2; ++i) EXPECT_THAT(r.counters(i), IsEmpty());
      EXPECT_THAT(r.losses(), ElementsAre("counters_refused"));
      EXPECT_EQ(r.data.info.at("measured"), "not collected");
    }
    EXPECT_EQ(standin_violations(), standin_violations_of(17));  // a pass that had begun is stopped
    standin_clear_violations();
    standin_clear_faults();
  }
}

TEST_F(passes, launches_stay_listed_where_a_context_cannot_be_made_current) {
  standin_set_permission(0);
  program gpu;
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  gpu.launch("a");
  ASSERT_EQ(standin_add_faults("cuCtxPushCurrent_v2#1=201"), 0);
  auto const r = record_of(session.stop());
  EXPECT_EQ(standin_fault_hits(), 1U);
  EXPECT_EQ(r.launches.size(), 1U);
  EXPECT_THAT(r.losses(), ElementsAre("counters_not_permitted", "context_not_measured"));
}

TEST_F(passes, go_on_where_another_context_is_done) {
  program primary;
  program own(0, program::own_context{});
  graph_of graph(own, "a");
  flopwatch::session session{options()};
  auto const r = record_of(session.count([&] {
    primary.use();
    primary.launch("a");
    own.use();
    graph.launch();
    own.launch("b");
  }));
  EXPECT_THAT(r.losses(), ElementsAre("graph_not_measured"));
  ASSERT_EQ(r.launches.size(), 3U);
  EXPECT_EQ(r.counters(0).at(throughput), 3);
  EXPECT_THAT(r.counters(1), IsEmpty());
  EXPECT_THAT(r.counters(2), IsEmpty());
}

TEST_F(passes, a_later_group_that_cannot_begin_is_the_last_one) {
  program gpu;
  for (int const depth : {0, 1}) {
    ASSERT_EQ(standin_add_faults("cuptiRangeProfilerEnable#2=999"), 0);
    int runs = 0;
    flopwatch::session session{{.device = "cuda:0", .scope_depth = depth, .warmup = 0}};
    auto const r = record_of(session.count([&] {
      ++runs;
      gpu.launch("a");
    }));
    EXPECT_EQ(runs, 2);
    EXPECT_THAT(r.losses(), ElementsAre("counters_failed"));
    EXPECT_NE(r.data.losses[0].text.find("999"), std::string::npos) << r.data.losses[0].text;
    EXPECT_EQ(r.data.info.at("measured"), "collected");
    ASSERT_EQ(r.launches.size(), depth == 0 ? 1U : 2U);
    int values = 0;
    for (std::size_t i = 0; i < r.launches.size(); ++i) {
      if (r.launches[i].plan == 0) continue;
      ++values;
      EXPECT_EQ(r.counters(i).at(fadd_sum), 1);
      EXPECT_FALSE(r.counters(i).contains(tensor_bf16));
    }
    EXPECT_EQ(values, 1);
    standin_clear_faults();
  }
}

TEST_F(passes, launches_of_a_context_whose_gpu_is_unknown_are_not_counted_and_that_is_said) {
  program const primary;
  program own(0, program::own_context{});
  ASSERT_EQ(standin_add_faults("cuptiGetDeviceId=999"), 0);
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  own.use();
  own.launch("a");
  auto const r = record_of(session.stop());
  EXPECT_THAT(r.launches, IsEmpty());
  EXPECT_THAT(r.losses(), ElementsAre("context_not_measured"));
}

TEST_F(passes, a_further_context_that_cannot_be_counted_is_listed_and_that_is_said) {
  program primary;
  program own(0, program::own_context{});
  ASSERT_EQ(standin_add_faults("cuptiRangeProfilerEnable#2=999"), 0);
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  primary.use();
  primary.launch("a");
  own.use();
  own.launch("a");
  auto const r = record_of(session.stop());
  ASSERT_EQ(r.launches.size(), 2U);
  EXPECT_EQ(r.counters(0).at(fadd_sum), 1);
  EXPECT_THAT(r.counters(1), IsEmpty());
  EXPECT_THAT(r.losses(), ElementsAre("context_not_measured"));
}

TEST_F(passes, of_a_context_that_goes_between_them_give_no_values) {
  program primary;
  program own(0, program::own_context{});
  flopwatch::session session{options()};
  int run = 0;
  auto const r = record_of(session.count([&] {
    primary.use();
    primary.launch("a");
    if (++run > 1) return;
    own.use();
    own.launch("b");
    own.destroy();
    primary.use();
  }));
  EXPECT_THAT(r.losses(), ElementsAre("context_not_measured"));
  ASSERT_EQ(r.launches.size(), 2U);
  EXPECT_EQ(r.counters(0).at(throughput), 3);
  EXPECT_THAT(r.counters(1), IsEmpty());
}

TEST_F(passes, a_refused_launch_later_leaves_the_ranges_as_they_were) {
  program gpu;
  auto o = options();
  o.scope_depth = 1;
  flopwatch::session session{o};
  auto const r = record_of(session.count([&] {
    {
      flopwatch::scope const one("one");
      gpu.launch("a");
      EXPECT_NE(gpu.try_launch("b", 0, 0), CUDA_SUCCESS);
      gpu.launch("a");
    }
    flopwatch::scope const two("two");
    EXPECT_NE(gpu.try_launch("b", 0, 0), CUDA_SUCCESS);
    gpu.launch("b");
  }));
  EXPECT_THAT(r.losses(), IsEmpty());
  std::vector<double> values;
  for (std::size_t i = 0; i < r.launches.size(); ++i) {
    if (r.launches[i].kernel == 0) values.push_back(r.counters(i).at(throughput));
  }
  EXPECT_THAT(values, ElementsAre(6, 5));
}

TEST_F(passes, a_group_that_launches_anything_else_is_left_out_and_that_is_said) {
  program gpu;
  program own(0, program::own_context{});
  program another(0, program::own_context{});
  struct difference {
    std::function<void()> launches;
    char const* text;
  };
  auto const first = [&] {
    gpu.use();
    gpu.launch("a", 2, 2);
    gpu.launch("a");
    own.use();
    own.launch("a");
  };
  auto const in_own = [&](program& where) {
    where.use();
    where.launch("a");
  };
  std::vector<difference> const others{
      {[&] { gpu.launch("b", 2, 2), gpu.launch("a"), in_own(own); }, ": a, then b"},
      {[&] { gpu.launch("a", 4, 2), gpu.launch("a"), in_own(own); }, "launch 0 of context"},
      {[&] { gpu.launch("a", 2, 4), gpu.launch("a"), in_own(own); }, "with another grid"},
      {[&] { first(), gpu.use(), gpu.launch("b"); }, "no launch, then b"},
      {[&] { gpu.launch("a", 2, 2), in_own(own); }, "launch 1 of context"},
      {[&] { gpu.launch("a", 2, 2), in_own(own); }, "a, then no launch"},
      {[&] { first(), in_own(another); }, "another number of contexts"},
      {[&] { gpu.launch("a", 2, 2), gpu.launch("a"), in_own(another); }, "another context"},
      {[&] { gpu.launch("a", 2, 2), gpu.launch("a"); }, "another number of contexts"},
  };
  for (auto const& other : others) {
    int run = 0;
    flopwatch::session session{{.device = "cuda:0", .warmup = 0}};
    auto const r = record_of(session.count([&] {
      gpu.use();
      ++run == 2 ? other.launches() : first();
    }));
    EXPECT_THAT(r.losses(), ElementsAre("iterations_differ")) << other.text;
    EXPECT_THAT(r.data.losses.at(0).text, HasSubstr(other.text));
    EXPECT_EQ(r.data.losses.at(0).count, 1);
    ASSERT_EQ(r.launches.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(r.counters(i).at(fadd_sum), 1);
  }
}

TEST_F(passes, an_exception_within_a_scope_gives_the_profiler_back) {
  program gpu;
  flopwatch::session session{{.device = "cuda:0", .scope_depth = 1, .warmup = 0}};
  EXPECT_THROW(session.count([&] {
    for (auto const* name : {"one", "two", "three"}) {
      flopwatch::scope const here(name);
      gpu.launch("a");
      if (*name == 't' && name[1] == 'h') throw std::logic_error("mine");
    }
  }),
               std::logic_error);
  auto const r = record_of(session.count([&] { gpu.launch("a"); }));
  EXPECT_THAT(r.losses(), IsEmpty());
  EXPECT_EQ(r.launches.size(), 2U);
}

TEST_F(passes, a_launch_that_is_refused_between_iterations_changes_nothing) {
  program gpu;
  auto o = options();
  o.iteration = "step";
  flopwatch::session session{o};
  session.start();
  for (int i = 0; i < 20; ++i) {
    {
      flopwatch::scope const step("step");
      gpu.launch("a");
      gpu.launch("b");
    }
    EXPECT_NE(gpu.try_launch("a", 0, 0), CUDA_SUCCESS);
  }
  auto const r = record_of(session.stop());
  EXPECT_THAT(r.losses(), IsEmpty());
  ASSERT_EQ(r.launches.size(), 2U);
  EXPECT_EQ(r.counters(0).at(throughput), 3);
  EXPECT_EQ(r.counters(1).at(throughput), 5);
}

TEST_F(passes, are_not_taken_in_smaller_chunks) {
  standin_set_max_ranges_limit(100);
  program gpu;
  flopwatch::session session{options()};
  auto const r = record_of(session.count([&] { gpu.launch("a"); }));
  EXPECT_EQ(r.launches.size(), 1U);
  EXPECT_THAT(r.losses(), ElementsAre("counters_refused"));
  EXPECT_EQ(standin_violations(), 1U);
  standin_clear_violations();
}

TEST_F(passes, every_launch_of_a_lost_range_is_counted_as_lost) {
  program gpu;
  standin_drop_ranges(1);
  flopwatch::session session{{.device = "cuda:0", .scope_depth = 1}};
  session.start();
  {
    flopwatch::scope const here("here");
    for (int i = 0; i < 1500; ++i) gpu.launch("a");  // more than wait in memory
  }
  auto const r = record_of(session.stop());
  EXPECT_EQ(r.launches.size(), 1501U);
  ASSERT_THAT(r.losses(), ElementsAre("ranges_dropped"));
  EXPECT_EQ(r.data.losses[0].count, 1500);
}

}  // namespace
