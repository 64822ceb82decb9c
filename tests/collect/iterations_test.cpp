// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Iterations of a watched region that a range of the program marks.
#include "collect/iterations.hpp"

#include <future>
#include <optional>
#include <thread>

#include <nvtx3/nvToolsExt.h>

#include "session/session_state.hpp"

using namespace flopwatch::test;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

TEST_F(iterations, too_few_leave_metrics_out) {
  program gpu;
  flopwatch::session session{options()};
  session.start();
  {
    flopwatch::scope const step("step");
    gpu.launch("a");
  }
  auto const r = record_of(session.stop());
  ASSERT_EQ(r.launches.size(), 1U);
  EXPECT_EQ(r.counters(0).at(fadd_sum), 3);
  EXPECT_FALSE(r.counters(0).contains(tensor_bf16));
  EXPECT_THAT(r.losses(), ElementsAre("iterations_missing"));
  EXPECT_EQ(r.data.losses[0].count, 6);
}

TEST_F(iterations, too_few_for_the_passes_of_one_group_leave_its_launches) {
  program gpu;
  auto o = options();
  o.metrics = "sm__throughput.avg.pct_of_peak_sustained_elapsed";
  flopwatch::session session{o};
  session.start();
  {
    flopwatch::scope const step("step");
    gpu.launch("a");
    gpu.launch("a");
  }
  auto const r = record_of(session.stop());
  EXPECT_EQ(r.launches.size(), 2U);
  EXPECT_EQ(r.launches.at(0).plan, 0);
  EXPECT_THAT(r.losses(), testing::Each("iterations_missing"));
  EXPECT_FALSE(r.losses().empty());
  EXPECT_EQ(r.data.info.at("measured"), "not collected");
}

TEST_F(iterations, without_any_nothing_is_counted_and_that_is_said) {
  program gpu;
  flopwatch::session session{options()};
  session.start();
  gpu.launch("a");
  auto const r = record_of(session.stop());
  EXPECT_THAT(r.launches, IsEmpty());
  EXPECT_THAT(r.losses(), ElementsAre("iteration_not_seen"));
}

TEST_F(iterations, one_that_is_open_at_the_end_is_counted) {
  program gpu;
  auto o = options();
  o.metrics = "cuda-core";
  flopwatch::session session{o};
  session.start();
  std::optional<flopwatch::scope> step;
  step.emplace("step");
  gpu.launch("a");
  auto const r = record_of(session.stop());
  step.reset();
  ASSERT_EQ(r.launches.size(), 1U);
  EXPECT_EQ(r.counters(0).at(fadd_sum), 3);
  EXPECT_THAT(r.losses(), ElementsAre("scope_left_open"));
}

TEST_F(iterations, other_kernels_in_a_later_one_are_refused) {
  program gpu;
  flopwatch::session session{options()};
  session.start();
  for (int i = 0; i < 9; ++i) {
    flopwatch::scope const step("step");
    gpu.launch(i == 2 ? "other" : "a");
  }
  auto const r = record_of(session.stop());
  EXPECT_EQ(r.launches.size(), 1U);
  EXPECT_THAT(r.losses(), ElementsAre("iterations_differ"));
}

TEST_F(iterations, a_session_inside_is_refused_and_another_follows) {
  program gpu;
  flopwatch::session outer{options()};
  outer.start();
  flopwatch::session inner{options()};
  EXPECT_THROW(inner.start(), flopwatch::session_error);
  {
    flopwatch::scope const step("step");
    EXPECT_THROW(inner.start(), flopwatch::session_error);
    gpu.launch("a");
  }
  EXPECT_EQ(outer.stop().analysis().tree.measured_total.launches, 1);
  inner.start();
  {
    flopwatch::scope const step("step");
    gpu.launch("a");
  }
  EXPECT_EQ(inner.stop().analysis().tree.measured_total.launches, 1);
}

TEST_F(iterations, threads_that_open_the_range_at_once_are_one_iteration) {
  program gpu;
  auto o = options();
  o.metrics = "cuda-core";
  flopwatch::session session{o};
  session.start();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        flopwatch::scope const step("step");
        gpu.use();
        gpu.launch("a");
      }
    });
  }
  for (auto& t : threads) t.join();
  auto const r = record_of(session.stop());
  EXPECT_GE(r.launches.size(), 1U);
  for (std::size_t i = 0; i < r.launches.size(); ++i) {
    if (r.launches[i].plan != 0) {
      EXPECT_EQ(r.counters(i).at(fadd_sum), 3);
    }
  }
}

TEST_F(iterations, one_within_another_is_part_of_it) {
  program gpu;
  for (bool const nvtx : {false, true}) {
    flopwatch::session session{marked("step")};
    session.start();
    {
      nvtxRangePushA(nvtx ? "step" : "loop");
      std::optional<flopwatch::scope> outer;
      if (!nvtx) outer.emplace("step");
      gpu.launch("a");
      {
        flopwatch::scope const inner("step");
        nvtxRangePushA("step");
        gpu.launch("a");
        nvtxRangePop();
      }
      gpu.launch("a");
      outer.reset();
      nvtxRangePop();
    }
    gpu.launch("a");
    auto const r = record_of(session.stop());
    EXPECT_EQ(r.launches.size(), 3U);
    EXPECT_THAT(r.losses(), IsEmpty());
  }
}

TEST_F(iterations, a_range_of_an_earlier_session_does_not_end_that_of_a_later_one) {
  program gpu;
  std::promise<void> opened, close;
  flopwatch::session first{marked("step")};
  first.start();
  std::thread other([&] {
    flopwatch::scope const step("step");
    opened.set_value();
    close.get_future().wait();
  });
  opened.get_future().wait();
  static_cast<void>(first.stop());
  flopwatch::session second{marked("step")};
  second.start();
  {
    flopwatch::scope const step("step");
    close.set_value();
    other.join();
    gpu.launch("a");
  }
  gpu.launch("a");
  auto const r = record_of(second.stop());
  EXPECT_EQ(r.launches.size(), 1U);
  EXPECT_THAT(r.losses(), IsEmpty());
}

TEST_F(iterations, a_session_that_is_used_again_starts_over) {
  program gpu;
  flopwatch::session session{options()};
  for (int time = 0; time < 2; ++time) {
    session.start();
    for (int i = 0; i < 8; ++i) {
      flopwatch::scope const step("step");
      gpu.launch("gemm");
    }
    auto const r = record_of(session.stop());
    ASSERT_EQ(r.launches.size(), 1U) << time;
    EXPECT_EQ(r.scope(0), "step");
    EXPECT_EQ(r.counters(0).at(tensor_bf16), 1024);
    EXPECT_THAT(r.losses(), IsEmpty());
  }
}

TEST_F(iterations, one_that_cannot_be_recorded_is_said_and_no_other_is_taken_for_it) {
  program gpu;
  flopwatch::session session{marked("step")};
  for (int time = 0; time < 2; ++time) {
    session.start();
    if (time == 0) {
      flopwatch::session other{{.device = "cuda:0"}};
      other.start();
      { flopwatch::scope const step("step"); }
      static_cast<void>(other.stop());
    }
    {
      flopwatch::scope const step("step");
      gpu.launch("a");
    }
    auto const r = record_of(session.stop());
    if (time == 0) {
      EXPECT_THAT(r.launches, IsEmpty());
      EXPECT_THAT(r.losses(), ElementsAre("iteration_not_seen"));
      EXPECT_NE(r.data.losses[0].text.find("nested"), std::string::npos) << r.data.losses[0].text;
    } else {
      EXPECT_EQ(r.launches.size(), 1U);
      EXPECT_THAT(r.losses(), IsEmpty());
    }
  }
}

TEST_F(iterations, launches_elsewhere_are_said_where_groups_are_missing_too) {
  standin_set_device_count(2);
  program gpu;
  program elsewhere(1);
  flopwatch::session session{options()};
  session.start();
  {
    flopwatch::scope const step("step");
    gpu.use();
    gpu.launch("a");
    elsewhere.use();
    elsewhere.launch("a");
  }
  auto const r = record_of(session.stop());
  EXPECT_THAT(r.losses(), testing::UnorderedElementsAre("iterations_missing", "launches_elsewhere"));
}

TEST_F(iterations, launches_elsewhere_are_those_of_the_run_that_is_listed) {
  standin_set_device_count(2);
  program gpu;
  program elsewhere(1);
  auto const r = counted({.device = "cuda:0"}, [&] {
    gpu.use();
    gpu.launch("a");
    elsewhere.use();
    elsewhere.launch("a");
  });
  EXPECT_EQ(r.launches.size(), 1U);
  EXPECT_THAT(r.losses(), ElementsAre("launches_elsewhere"));
  EXPECT_EQ(r.data.losses[0].count, 1);
}

TEST_F(iterations, too_few_for_one_group_give_the_profiler_back_where_no_context_is_current) {
  program gpu;
  auto o = options();
  o.metrics = "sm__throughput.avg.pct_of_peak_sustained_elapsed";
  flopwatch::session session{o};
  session.start();
  {
    flopwatch::scope const step("step");
    gpu.launch("a");
  }
  must(cuCtxSetCurrent(nullptr), "cuCtxSetCurrent");
  auto const r = record_of(session.stop());
  EXPECT_EQ(r.launches.size(), 1U);
  EXPECT_THAT(r.losses(), ElementsAre("iterations_missing"));
  EXPECT_EQ(r.data.losses[0].count, 2) << "one launch of the group, and the group";
  EXPECT_EQ(r.data.info.at("measured_reason"), "no group of metrics was counted to its end");
}

TEST_F(iterations, scopes_are_those_of_the_first_one) {
  program gpu;
  flopwatch::session session{marked("step")};
  session.start();
  { flopwatch::scope const before("before"); }
  for (int i = 0; i < 3; ++i) {
    nvtxRangePushA("step");
    {
      flopwatch::scope const net("net");
      gpu.launch("a");
    }
    nvtxRangePop();
    flopwatch::scope const after("after");
  }
  auto const r = record_of(session.stop());
  ASSERT_EQ(r.data.scopes.size(), 1U);
  EXPECT_EQ(r.data.scopes[0].path, "net");
  EXPECT_EQ(r.data.scopes[0].entries, 1);
}

/// A recorder that refuses to attach when `refuses` is set.
class unwilling final : public flopwatch::detail::recorder {
 public:
  void attach(flopwatch::detail::recording& /*active*/) override {
    if (std::exchange(refuses, false)) throw flopwatch::session_error("no records today");
  }
  void detach() noexcept override {}
  void describe(std::map<std::string, std::string>& /*info*/) const override {}
  bool refuses = false;
};

TEST_F(iterations, one_whose_recording_fails_on_the_way_records_nothing) {
  static unwilling source;
  flopwatch::detail::register_recorder(source);
  program gpu;
  flopwatch::session session{marked("step")};
  session.start();
  source.refuses = true;
  {
    flopwatch::scope const step("step");
    flopwatch::scope const net("net");
    gpu.launch("a");
  }
  auto const r = record_of(session.stop());
  EXPECT_THAT(r.launches, IsEmpty());
  EXPECT_THAT(r.data.scopes, IsEmpty());
  EXPECT_THAT(r.losses(), ElementsAre("iteration_not_seen"));
  EXPECT_NE(r.data.losses[0].text.find("no records today"), std::string::npos) << r.data.losses[0].text;
}

}  // namespace
