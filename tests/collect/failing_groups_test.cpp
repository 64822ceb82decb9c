// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Groups and passes that cannot begin, or launch anything else, after others were good.
#include "collect/passes.hpp"

using namespace flopwatch::test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

TEST_F(passes, that_cannot_begin_again_leave_each_launch_listed_once) {
  for (int const call : {3, 4}) {  // of the second pass: the primary context's, and the other's
    program primary;
    program own(0, program::own_context{});
    ASSERT_EQ(standin_add_faults(("cuptiRangeProfilerStart#" + std::to_string(call) + "=26").c_str()), 0);
    int runs = 0;
    {
      auto const r = counted(options(), [&] {
        ++runs;
        primary.use();
        primary.launch("a");
        own.use();
        own.launch("b");
      });
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
  auto const r = counted(options(), [&] {
    primary.use();
    primary.launch("a");
    own.use();
    graph.launch();
    own.launch("b");
  });
  EXPECT_THAT(r.losses(), ElementsAre("graph_not_measured"));
  ASSERT_EQ(r.launches.size(), 3U);
  EXPECT_EQ(r.counters(0).at(throughput), 3);
  EXPECT_THAT(r.counters(1), IsEmpty());
  EXPECT_THAT(r.counters(2), IsEmpty());
}

TEST_F(passes, a_later_group_that_is_refused_is_not_said_to_be_too_long) {
  program gpu;
  auto o = options();
  o.metrics = std::string(fadd_sum) + "," + throughput;
  ASSERT_EQ(standin_add_faults("cuptiRangeProfilerEnable#2=999"), 0);
  EXPECT_THAT(counted(o, [&] { gpu.launch("a"); }).losses(), ElementsAre("counters_failed"));
}

TEST_F(passes, a_later_group_that_cannot_begin_is_the_last_one) {
  program gpu;
  for (int const depth : {0, 1}) {
    ASSERT_EQ(standin_add_faults("cuptiRangeProfilerEnable#2=999"), 0);
    int runs = 0;
    auto const r = counted({.device = "cuda:0", .scope_depth = depth, .warmup = 0}, [&] {
      ++runs;
      gpu.launch("a");
    });
    EXPECT_EQ(runs, 2);
    EXPECT_THAT(r.losses(), ElementsAre("counters_failed"));
    EXPECT_NE(r.data.losses[0].text.find("999"), std::string::npos) << r.data.losses[0].text;
    EXPECT_EQ(r.data.info.at("measured"), "collected");
    ASSERT_EQ(r.launches.size(), 1U);
    EXPECT_EQ(r.ranges.size(), depth == 0 ? 0U : 1U);
    ASSERT_EQ(r.measured().size(), 1U);
    EXPECT_EQ(r.measured()[0].at(fadd_sum), 1);
    EXPECT_FALSE(r.measured()[0].contains(tensor_bf16));
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
  int run = 0;
  auto const r = counted(options(), [&] {
    primary.use();
    primary.launch("a");
    if (++run > 1) return;
    own.use();
    own.launch("b");
    own.destroy();
    primary.use();
  });
  EXPECT_THAT(r.losses(), ElementsAre("context_not_measured"));
  ASSERT_EQ(r.launches.size(), 2U);
  EXPECT_EQ(r.counters(0).at(throughput), 3);
  EXPECT_THAT(r.counters(1), IsEmpty());
}

TEST_F(passes, a_refused_launch_later_leaves_the_ranges_as_they_were) {
  program gpu;
  auto o = options();
  o.scope_depth = 1;
  auto const r = counted(o, [&] {
    {
      flopwatch::scope const one("one");
      gpu.launch("a");
      EXPECT_NE(gpu.try_launch("b", 0, 0), CUDA_SUCCESS);
      gpu.launch("a");
    }
    flopwatch::scope const two("two");
    EXPECT_NE(gpu.try_launch("b", 0, 0), CUDA_SUCCESS);
    gpu.launch("b");
  });
  EXPECT_THAT(r.losses(), IsEmpty());
  std::vector<double> values;
  for (std::size_t i = 0; i < r.ranges.size(); ++i) values.push_back(r.range_counters(i).at(throughput));
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
    auto const r = counted({.device = "cuda:0", .warmup = 0}, [&] {
      gpu.use();
      ++run == 2 ? other.launches() : first();
    });
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
  EXPECT_EQ(r.launches.size(), 1U);
  EXPECT_EQ(r.ranges.size(), 1U);
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
  standin_set_max_ranges_limit(40);
  program gpu;
  auto const r = counted(options(), [&] { gpu.launch("a"); });
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
  EXPECT_EQ(r.launches.size(), 1500U);
  EXPECT_EQ(r.ranges.size(), 1U);
  ASSERT_THAT(r.losses(), ElementsAre("ranges_dropped"));
  EXPECT_EQ(r.data.losses[0].count, 1500);
}

}  // namespace
