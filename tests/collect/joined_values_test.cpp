// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Values belong to the right group, launch and context.
#include "collect/passes.hpp"

using namespace flopwatch::test;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

/// Every metric has its own value.
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
  ASSERT_GT(all.data.counter_groups.size(), 1U);
  EXPECT_NE(all.data.counter_groups[0].config_image, all.data.counter_groups[1].config_image);
  EXPECT_EQ(all.data.counter_groups[1].metric_group, 1);
  EXPECT_GT(all.data.counter_groups[1].cupti_version, 0);
  number_metrics(all, "k");
  int run = 0;
  auto const r = record_of(session.count([&] {
    gpu.launch("k");
    if (++run == 2) gpu.launch("other");
  }));
  EXPECT_THAT(r.losses(), ElementsAre("iterations_differ"));
  std::map<std::string, flopwatch::metric_record> expected;
  for (auto const& m : all.data.metrics) {
    if (m.metric_group != 1) expected[m.name] = m;
  }
  ASSERT_LT(expected.size(), all.data.metrics.size());
  ASSERT_EQ(r.data.metrics.size(), expected.size());
  for (auto const& m : r.data.metrics) {
    EXPECT_EQ(m.metric_group, expected.at(m.name).metric_group);
    EXPECT_EQ(m.unit, expected.at(m.name).unit);
  }
  auto const measured = r.measured();
  ASSERT_EQ(measured.size(), 1U);
  EXPECT_EQ(measured[0].size(), expected.size());
  for (auto const& [name, value] : measured[0]) {
    EXPECT_EQ(value, 1000 + static_cast<double>(expected.at(name).id)) << name;
  }
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
  for (std::size_t i = 0; i < r.ranges.size(); ++i) {
    auto const counters = r.range_counters(i);
    for (auto const& [name, m] : of) {
      EXPECT_EQ(counters.contains(name), m.metric_group != 1) << name;
      if (counters.contains(name)) {
        EXPECT_EQ(counters.at(name), 1000 + static_cast<double>(m.id)) << name;
      }
    }
  }
  EXPECT_EQ(r.ranges.size(), 3U);
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
    for (auto const& range : r.ranges) found.push_back(range.phase);
    EXPECT_THAT(
        found, ElementsAre(flopwatch::phase::backward, flopwatch::phase::forward, flopwatch::phase::backward))
        << depth;
    EXPECT_THAT(r.losses(), IsEmpty());
  }
}

TEST_F(passes, what_a_slice_lacks_is_left_out_of_the_plan_and_said) {
  program gpu;
  standin_kernel_value("a", ffma_sum, 7, 0);
  standin_set_lacking(fadd_sum, 1);
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  gpu.launch("a");
  auto const r = record_of(session.stop());
  EXPECT_THAT(r.losses(), ElementsAre("metric_lacking"));
  EXPECT_THAT(r.data.losses.front().text, testing::HasSubstr(fadd_sum));
  for (auto const& metric : r.data.metrics) EXPECT_NE(metric.name, fadd_sum);
  EXPECT_EQ(r.counters(0).at(ffma_sum), 7);
}

TEST_F(passes, a_metric_by_name_that_a_slice_lacks_is_refused) {
  program gpu;
  standin_set_lacking(fadd_sum, 1);
  flopwatch::session session{{.device = "cuda:0", .metrics = fadd_sum}};
  EXPECT_THROW(session.start(), flopwatch::usage_error);
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

}  // namespace
