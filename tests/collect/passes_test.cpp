// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Groups of metrics that take several passes.
#include "collect/passes.hpp"

using namespace flopwatch::test;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

TEST_F(passes, of_one_group_go_over_every_context) {
  program primary;
  program own(0, program::own_context{});
  auto const r = counted(options(), [&] {
    primary.use();
    primary.launch("a");
    own.use();
    own.launch("b");
  });
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
    auto const r = counted(o, [&] {
      if (++run == 2) {
        other();
      } else {
        gpu.launch("a", 2, 2);
      }
      gpu.launch("a");
    });
    EXPECT_EQ(run, 2) << "no further pass can fix it";
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
  auto const r = counted(options(), [&] {
    gpu.launch(++run == 2 ? "b" : "a");
    EXPECT_NE(gpu.try_launch("a", 0, 0), CUDA_SUCCESS);
    gpu.launch("a");
  });
  EXPECT_THAT(r.losses(), ElementsAre("iterations_differ"));
  allow_early_reading();
}

TEST_F(passes, with_a_launch_more_or_less_give_no_values) {
  program gpu;
  for (int const odd : {0, 2}) {
    int run = 0;
    auto const r = counted(options(), [&] {
      int const launches = ++run == 2 ? odd : 1;
      for (int i = 0; i < launches; ++i) gpu.launch("a");
    });
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
  auto const r = counted(o, [&] {
    {
      flopwatch::scope const one("one");
      gpu.launch("a");
    }
    flopwatch::scope const two("two");
    if (++run == 2) gpu.launch("a");
  });
  EXPECT_THAT(r.losses(), ElementsAre("iterations_differ"));
  EXPECT_EQ(r.launches.size(), 1U);
  ASSERT_EQ(r.measured().size(), 1U);
  EXPECT_THAT(r.measured()[0], IsEmpty());
  allow_early_reading();
}

TEST_F(passes, count_a_function_of_any_length) {
  program gpu;
  for (int const launches : {3, 4, 1500}) {
    auto o = options();
    o.max_ranges = 3;
    int runs = 0;
    auto const r = counted(o, [&] {
      ++runs;
      for (int i = 0; i < launches; ++i) gpu.launch(i % 2 == 0 ? "a" : "b");
    });
    EXPECT_THAT(r.losses(), IsEmpty());
    EXPECT_EQ(runs, launches == 3 ? 8 : 9) << "the first run shows how long it is";
    ASSERT_EQ(r.launches.size(), static_cast<std::size_t>(launches));
    for (std::size_t i = 0; i < r.launches.size(); ++i) {
      ASSERT_EQ(r.counters(i).at(throughput), i % 2 == 0 ? 3 : 5) << i;
    }
  }
}

TEST_F(passes, count_any_number_of_scopes) {
  program gpu;
  for (int const scopes : {3, 4, 1500}) {
    auto o = options();
    o.max_ranges = 3;
    o.scope_depth = 1;
    auto const r = counted(o, [&] {
      for (int i = 0; i < scopes; ++i) {
        flopwatch::scope const here("scope" + std::to_string(i));
        gpu.launch("a");
        gpu.launch("b");
      }
    });
    EXPECT_THAT(r.losses(), IsEmpty());
    ASSERT_EQ(r.ranges.size(), static_cast<std::size_t>(scopes));
    for (std::size_t i = 0; i < r.ranges.size(); ++i) {
      ASSERT_EQ(r.ranges[i].order, static_cast<std::int64_t>(i));
      ASSERT_EQ(r.range_counters(i).at(throughput), 8);
    }
    EXPECT_EQ(r.launches.size(), 2U * static_cast<std::size_t>(scopes));
  }
}

TEST_F(passes, that_the_gpu_has_no_room_for_are_left_out_and_named) {
  standin_set_max_ranges_limit(20);
  program gpu;
  for (int const depth : {0, 1}) {
    auto o = options();
    o.metrics = std::string(fadd_sum) + "," + throughput;
    o.max_ranges = 3;
    o.scope_depth = depth;
    auto const r = counted(o, [&] {
      for (int i = 0; i < 21; ++i) {
        flopwatch::scope const here("scope" + std::to_string(i));
        gpu.launch("a");
      }
    });
    EXPECT_THAT(r.losses(), ElementsAre("group_too_long"));
    EXPECT_NE(r.data.losses[0].text.find(throughput), std::string::npos) << r.data.losses[0].text;
    ASSERT_EQ(r.launches.size(), 21U);
    auto const of_last = depth == 0 ? r.counters(20) : r.range_counters(20);
    EXPECT_THAT(of_last, ElementsAre(testing::Pair(fadd_sum, 1)));
    EXPECT_EQ(standin_violations(), standin_violations_of(14));
    standin_clear_violations();
  }
}

TEST_F(passes, that_are_alone_and_have_no_room_leave_nothing_measured) {
  standin_set_max_ranges_limit(20);
  program gpu;
  auto o = options();
  o.max_ranges = 3;
  auto const r = counted(o, [&] {
    for (int i = 0; i < 21; ++i) gpu.launch("a");
  });
  EXPECT_THAT(r.losses(), ElementsAre("group_too_long"));
  EXPECT_EQ(r.launches.size(), 21U);
  EXPECT_EQ(r.data.info.at("measured"), "not collected");
  EXPECT_EQ(r.data.info.at("measured_reason"), "no group of metrics was counted to its end");
  EXPECT_EQ(standin_violations(), standin_violations_of(14));
  standin_clear_violations();
}

TEST_F(passes, of_a_later_group_have_room_for_the_whole_run) {
  program gpu;
  for (int const depth : {0, 1}) {
    auto o = options();
    o.metrics = std::string(fadd_sum) + "," + throughput;
    o.max_ranges = 2;
    o.scope_depth = depth;
    auto const r = counted(o, [&] {
      for (int i = 0; i < 7; ++i) {
        flopwatch::scope const here("scope" + std::to_string(i));
        gpu.launch("a");
      }
    });
    ASSERT_GT(r.data.metrics.at(1).metric_group, r.data.metrics.at(0).metric_group)
        << "the test needs two groups";
    ASSERT_EQ(r.data.metrics.at(0).name, fadd_sum) << "of which the second one takes several passes";
    EXPECT_THAT(r.losses(), IsEmpty());
    EXPECT_EQ(r.measured().size(), 7U);
    for (auto const& counters : r.measured()) {
      EXPECT_EQ(counters.at(fadd_sum), 1);
      EXPECT_EQ(counters.at(throughput), 3);
    }
  }
}

TEST_F(passes, of_more_launches_than_wait_in_memory_are_of_all_of_them) {
  program gpu;
  auto o = options();
  o.scope_depth = 1;
  auto const r = counted(o, [&] {
    flopwatch::scope const here("here");
    for (int i = 0; i < 1500; ++i) gpu.launch("a");
  });
  EXPECT_THAT(r.losses(), IsEmpty());
  ASSERT_EQ(r.launches.size(), 1500U);
  EXPECT_EQ(r.ranges.size(), 1U);
  std::int64_t order = 0;
  for (auto const& l : r.launches) EXPECT_EQ(l.order, order++);
}

}  // namespace
