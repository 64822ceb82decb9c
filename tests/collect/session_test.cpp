// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <optional>

#include <gmock/gmock.h>

#include "collect/program.hpp"
#include "flopwatch/scope.hpp"
#include "recording/other_profilers.hpp"
#include "session/session_state.hpp"

using namespace flopwatch::test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

TEST_F(collect, count_reads_every_group_and_joins_it_launch_by_launch) {
  standin_kernel_value("saxpy", ffma_sum, 0, 1);
  standin_kernel_value("gemm", tensor_bf16, 1024, 0);
  standin_kernel_value("gemm", fadd_sum, 7, 0);
  program gpu;
  int runs = 0;
  flopwatch::session session{{.device = "cuda:0"}};
  auto const result = session.count([&] {
    ++runs;
    flopwatch::scope const outer("net", "Net");
    gpu.launch("saxpy", 10, 32);
    flopwatch::scope const inner("head", "Head");
    gpu.launch("gemm", 4, 128);
  });
  auto const r = record_of(result);
  ASSERT_EQ(r.launches.size(), 2U);
  EXPECT_THAT(r.losses(), IsEmpty());
  EXPECT_GT(runs, 2);  // warm-up, and one for each group
  EXPECT_EQ(r.kernel(0), "saxpy");
  EXPECT_EQ(r.scope(0), "net");
  EXPECT_EQ(r.counters(0).at(ffma_sum), 320);
  EXPECT_EQ(r.counters(0).at(tensor_bf16), 0);
  EXPECT_EQ(r.kernel(1), "gemm");
  EXPECT_EQ(r.scope(1), "net.head");
  EXPECT_EQ(r.counters(1).at(fadd_sum), 7);
  EXPECT_EQ(r.counters(1).at(tensor_bf16), 1024);
  EXPECT_EQ(r.launches[1].grid_x, 4);
  EXPECT_EQ(r.launches[1].block_x, 128);
  EXPECT_EQ(r.data.info.at("measured"), "collected");
  EXPECT_EQ(r.data.info.at("tensor_metrics"), "collected");
  EXPECT_EQ(r.data.info.at("chip"), "GH100");
}

TEST_F(collect, a_recording_of_one_run_takes_the_cuda_cores) {
  standin_kernel_value("saxpy", ffma_sum, 0, 1);
  program gpu;
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  gpu.launch("saxpy", 1, 32);
  auto const r = record_of(session.stop());
  ASSERT_EQ(r.launches.size(), 1U);
  EXPECT_EQ(r.counters(0).at(ffma_sum), 32);
  EXPECT_EQ(r.data.info.at("tensor_metrics"), "not collected");
  EXPECT_THAT(r.losses(), IsEmpty());
}

TEST_F(collect, long_runs_are_read_in_chunks) {
  standin_kernel_value("a", fadd_sum, 1, 0);
  standin_kernel_value("b", fadd_sum, 2, 0);
  program gpu;
  flopwatch::session session{{.device = "cuda:0", .max_ranges = 7}};
  session.start();
  for (int i = 0; i < 50; ++i) gpu.launch(i % 3 == 0 ? "a" : "b");
  auto const r = record_of(session.stop());
  ASSERT_EQ(r.launches.size(), 50U);
  for (std::size_t i = 0; i < 50; ++i) {
    EXPECT_EQ(r.counters(i).at(fadd_sum), i % 3 == 0 ? 1 : 2) << i;
    EXPECT_EQ(r.launches[i].order, static_cast<std::int64_t>(i));
  }
  EXPECT_THAT(r.losses(), IsEmpty());
}

TEST_F(collect, chunks_get_smaller_where_the_chip_takes_fewer_ranges) {
  standin_set_max_ranges_limit(100);
  standin_kernel_value("a", fadd_sum, 1, 0);
  program gpu;
  flopwatch::session session{{.device = "cuda:0", .max_ranges = 1024}};
  session.start();
  for (int i = 0; i < 150; ++i) gpu.launch("a");
  auto const r = record_of(session.stop());
  ASSERT_EQ(r.launches.size(), 150U);
  for (std::size_t i = 0; i < 150; ++i) EXPECT_EQ(r.counters(i).at(fadd_sum), 1) << i;
  EXPECT_THAT(r.losses(), IsEmpty());
  EXPECT_EQ(r.data.raw_chunks.at(0).launches, 64);
  EXPECT_EQ(standin_violations_of(14), 4U);  // 1024, 512, 256 and 128 were too many
  standin_clear_violations();
}

TEST_F(collect, chunks_get_no_smaller_than_sixteen) {
  standin_set_max_ranges_limit(16);
  standin_kernel_value("a", fadd_sum, 1, 0);
  program gpu;
  flopwatch::session session{{.device = "cuda:0", .max_ranges = 64}};
  session.start();
  for (int i = 0; i < 20; ++i) gpu.launch("a");
  auto const r = record_of(session.stop());
  EXPECT_THAT(r.losses(), IsEmpty());
  EXPECT_EQ(r.data.raw_chunks.at(0).launches, 16);
  standin_set_max_ranges_limit(15);
  session.start();
  gpu.launch("a");
  EXPECT_THAT(record_of(session.stop()).losses(), ElementsAre("counters_refused"));
  EXPECT_EQ(standin_violations(), standin_violations_of(14));
  standin_clear_violations();
}

TEST_F(collect, a_refused_launch_is_no_launch) {
  standin_kernel_value("a", fadd_sum, 1, 0);
  standin_kernel_value("b", fadd_sum, 2, 0);
  program gpu;
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  gpu.launch("a");
  EXPECT_NE(gpu.try_launch("a", 0, 0), CUDA_SUCCESS);
  gpu.launch("b");
  auto const r = record_of(session.stop());
  ASSERT_EQ(r.launches.size(), 2U);
  EXPECT_EQ(r.launches[1].order, 1);
  EXPECT_EQ(r.counters(1).at(fadd_sum), 2);
  EXPECT_THAT(r.losses(), IsEmpty());
}

TEST_F(collect, a_refused_launch_in_every_pass_is_no_difference) {
  standin_kernel_value("a", fadd_sum, 1, 0);
  program gpu;
  int runs = 0;
  auto const r = counted(
      {.device = "cuda:0", .metrics = "sm__throughput.avg.pct_of_peak_sustained_elapsed", .warmup = 0}, [&] {
        ++runs;
        EXPECT_NE(gpu.try_launch("b", 0, 0), CUDA_SUCCESS);
        gpu.launch("a");
        EXPECT_NE(gpu.try_launch("b", 0, 0), CUDA_SUCCESS);
      });
  EXPECT_GT(runs, 1);
  EXPECT_EQ(r.launches.size(), 1U);
  EXPECT_THAT(r.losses(), IsEmpty());
}

TEST_F(collect, without_permission_launches_are_listed) {
  standin_set_permission(0);
  program gpu;
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  gpu.launch("a");
  auto const result = session.stop();
  EXPECT_EQ(result.outcome(), flopwatch::exit_code::not_permitted);
  auto const r = record_of(result);
  ASSERT_EQ(r.launches.size(), 1U);
  EXPECT_EQ(r.launches[0].plan, 0);
  EXPECT_THAT(r.losses(), ElementsAre("counters_not_permitted"));
  EXPECT_EQ(r.data.info.at("measured"), "not collected");
  EXPECT_NE(r.data.info.at("measured_reason").find("NVreg_RestrictProfilingToAdminUsers"), std::string::npos)
      << r.data.info.at("measured_reason");
}

TEST_F(collect, other_iterations_are_refused_with_the_first_difference) {
  standin_kernel_value("a", fadd_sum, 1, 0);
  program gpu;
  int run = 0;
  auto const r = counted({.device = "cuda:0"}, [&] {
    gpu.launch("a");
    gpu.launch(++run == 3 ? "other" : "b");
  });
  ASSERT_EQ(r.launches.size(), 2U);
  EXPECT_EQ(r.counters(0).at(fadd_sum), 1);
  EXPECT_THAT(r.losses(), ElementsAre("iterations_differ"));
  EXPECT_NE(r.data.losses[0].text.find("launch 1"), std::string::npos) << r.data.losses[0].text;
  EXPECT_NE(r.data.losses[0].text.find("b, then other"), std::string::npos) << r.data.losses[0].text;
}

TEST_F(collect, a_set_that_does_not_fit_the_mode_is_refused_naming_those_that_do) {
  program gpu;
  flopwatch::session session{{.device = "cuda:0", .metrics = "full"}};
  try {
    session.start();
    FAIL() << "started";
  } catch (flopwatch::usage_error const& e) {
    std::string const text = e.what();
    EXPECT_NE(text.find("kernel"), std::string::npos) << text;
    EXPECT_NE(text.find("passes"), std::string::npos) << text;
  }
  EXPECT_NO_THROW(session.count([&] { gpu.launch("a"); }));
}

TEST_F(collect, kernel_replay_takes_all_passes_in_one_run) {
  standin_kernel_value("gemm", tensor_bf16, 64, 0);
  standin_kernel_value("gemm", fadd_sum, 3, 0);
  program gpu;
  int runs = 0;
  auto const r = counted(
      {.device = "cuda:0", .metrics = "full", .replay = flopwatch::replay_mode::kernel, .warmup = 0}, [&] {
        ++runs;
        gpu.launch("gemm");
      });
  EXPECT_EQ(runs, 1);
  EXPECT_THAT(r.losses(), ElementsAre("kernel_replay"));
  EXPECT_EQ(r.counters(0).at(fadd_sum), 3);
  EXPECT_EQ(r.counters(0).at(tensor_bf16), 64);
}

TEST_F(collect, nothing_launched_is_nothing_lost) {
  program const gpu;
  auto const r = counted({.device = "cuda:0"}, [] {});
  EXPECT_THAT(r.launches, IsEmpty());
  EXPECT_THAT(r.losses(), IsEmpty());
}

TEST_F(collect, the_users_exception_passes_and_the_next_session_works) {
  program gpu;
  flopwatch::session session{{.device = "cuda:0"}};
  EXPECT_THROW(session.count([&] {
    gpu.launch("a");
    throw std::logic_error("mine");
  }),
               std::logic_error);
  auto const r = record_of(session.count([&] { gpu.launch("a"); }));
  EXPECT_EQ(r.launches.size(), 1U);
}

TEST_F(collect, a_session_that_is_used_again_counts_everything_again) {
  standin_kernel_value("gemm", tensor_bf16, 1024, 0);
  program gpu;
  flopwatch::session session{{.device = "cuda:0"}};
  ASSERT_EQ(
      standin_add_faults("cuptiProfilerDeviceSupported#1=7,cuptiSubscribe_v2#1=39,cuptiEnableCallback#1=999"),
      0);
  for (int time = 0; time < 5; ++time) {
    auto const r = record_of(session.count([&] { gpu.launch("gemm"); }));
    if (time < 3) {  // refused before the run, and in two ways when it begins
      EXPECT_THAT(r.losses(), ElementsAre("counters_refused")) << time;
      EXPECT_EQ(r.data.info.at("measured"), "not collected");
      EXPECT_NE(r.data.info.at("measured_reason"), "");
    } else {
      EXPECT_THAT(r.losses(), IsEmpty()) << time;
      ASSERT_EQ(r.launches.size(), 1U);
      EXPECT_EQ(r.counters(0).at(tensor_bf16), 1024);
      EXPECT_EQ(r.data.info.at("measured"), "collected");
      EXPECT_FALSE(r.data.info.contains("measured_reason"));
    }
  }
}

TEST_F(collect, a_plan_is_made_once_in_the_process) {
  program gpu;
  standin_kernel_value("a", fadd_sum, 1, 0);
  auto const count = [&](std::string const& metrics) {
    return counted({.device = "cuda:0", .metrics = metrics, .warmup = 0}, [&] { gpu.launch("a"); });
  };
  EXPECT_EQ(count(fadd_sum).counters(0).at(fadd_sum), 1);
  standin_add_faults("cuptiProfilerHostConfigAddMetrics=999");
  EXPECT_EQ(count(fadd_sum).counters(0).at(fadd_sum), 1);
  EXPECT_EQ(standin_fault_hits(), 0U);
  auto const other = count(std::string(fadd_sum) + "," + ffma_sum);
  EXPECT_GT(standin_fault_hits(), 0U) << "another request has another plan";
  EXPECT_FALSE(other.losses().empty());
  standin_clear_faults();
  EXPECT_EQ(count(std::string(fadd_sum) + "," + ffma_sum).counters(0).at(fadd_sum), 1)
      << "a failure is not kept";
}

TEST_F(collect, without_permission_one_run_is_enough) {
  standin_set_permission(0);
  program gpu;
  int runs = 0;
  auto const r = counted({.device = "cuda:0", .warmup = 0}, [&] {
    ++runs;
    gpu.launch("a");
  });
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(r.launches.size(), 1U);
  EXPECT_THAT(r.losses(), ElementsAre("counters_not_permitted"));
}

TEST_F(collect, who_holds_the_callbacks_is_named) {
  standin_set_holder("CUPTI for another tool");
  program gpu;
  auto const r = counted({.device = "cuda:0"}, [&] { gpu.launch("a"); });
  ASSERT_THAT(r.losses(), ElementsAre("counters_refused"));
  EXPECT_NE(r.data.losses[0].text.find("another tool"), std::string::npos) << r.data.losses[0].text;
}

TEST_F(collect, only_the_metrics_that_were_asked_for_are_counted) {
  program gpu;
  flopwatch::session some{{.device = "cuda:0", .metrics = std::string(ffma_sum) + ',' + fadd_sum + ",,"}};
  some.start();
  gpu.launch("a");
  EXPECT_EQ(record_of(some.stop()).counters(0).size(), 2U);
  flopwatch::session tensor{{.device = "cuda:0", .metrics = "tensor", .tensor_types = {"bf16"}}};
  auto const r = record_of(tensor.count([&] { gpu.launch("a"); }));
  EXPECT_TRUE(r.counters(0).contains(tensor_bf16));
  for (auto const& m : r.data.metrics) EXPECT_EQ(m.name.find("src_fp16"), std::string::npos) << m.name;
}

TEST_F(collect, what_cannot_be_counted_in_one_run_is_refused) {
  program const gpu;
  flopwatch::session passes{
      {.device = "cuda:0", .metrics = "sm__throughput.avg.pct_of_peak_sustained_elapsed"}};
  EXPECT_THROW(passes.start(), flopwatch::usage_error);
  flopwatch::session replay{{.device = "cuda:0", .replay = flopwatch::replay_mode::iteration}};
  EXPECT_THROW(replay.start(), flopwatch::usage_error);
}

TEST_F(collect, chunks_are_of_one_launch_at_least) {
  standin_kernel_value("a", fadd_sum, 1, 0);
  program gpu;
  flopwatch::session session{{.device = "cuda:0", .max_ranges = 1}};
  session.start();
  gpu.launch("a");
  gpu.launch("a");
  auto const r = record_of(session.stop());
  EXPECT_THAT(r.losses(), IsEmpty());
  EXPECT_EQ(r.counters(1).at(fadd_sum), 1);
}

TEST_F(collect, kernel_replay_is_read_in_chunks) {
  standin_kernel_value("gemm", tensor_bf16, 64, 0);
  program gpu;
  flopwatch::session session{
      {.device = "cuda:0", .metrics = "full", .replay = flopwatch::replay_mode::kernel, .max_ranges = 3}};
  session.start();
  for (int i = 0; i < 8; ++i) gpu.launch("gemm");
  auto const r = record_of(session.stop());
  EXPECT_THAT(r.losses(), ElementsAre("kernel_replay"));
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(r.counters(i).at(tensor_bf16), 64) << i;
  for (auto const& m : r.data.metrics) EXPECT_NE(m.unit, "");
}

TEST_F(collect, a_session_that_is_stopped_in_its_formula_pass_measures_nothing) {
  program gpu;
  flopwatch::session session{{.device = "cuda:0"}};
  session.state().start_with_formula();
  gpu.launch("a");
  auto const r = record_of(session.state().stop());
  EXPECT_THAT(r.launches, IsEmpty());
  EXPECT_THAT(r.losses(), testing::Contains("iteration_not_seen"));
}

TEST_F(collect, a_cupti_that_refuses_the_first_sizes_gets_the_later_ones) {
  ASSERT_EQ(standin_set_profile("13.4"), 0);
  standin_set_new_sizes_alone(1);
  standin_kernel_value("a", fadd_sum, 3, 0);
  program gpu;
  auto const r = counted({.device = "cuda:0", .metrics = fadd_sum, .warmup = 0}, [&] { gpu.launch("a"); });
  ASSERT_EQ(r.launches.size(), 1U);
  EXPECT_EQ(r.counters(0).at(fadd_sum), 3);
  EXPECT_THAT(r.losses(), IsEmpty());
  EXPECT_GE(standin_violations_of(1), 4U) << "the stand-in did refuse them";
  EXPECT_EQ(standin_violations(), standin_violations_of(1));
  standin_clear_violations();
}

TEST_F(collect, a_primary_context_that_is_reset_keeps_what_it_did) {
  standin_kernel_value("a", fadd_sum, 3, 0);
  auto gpu = std::make_optional<program>();
  flopwatch::session session{{.device = "cuda:0"}};
  session.start();
  gpu->launch("a");
  CUdevice device = 0;
  must(cuDeviceGet(&device, 0), "cuDeviceGet");
  must(cuDevicePrimaryCtxReset(device), "cuDevicePrimaryCtxReset");
  gpu.emplace();
  gpu->launch("a");
  auto const r = record_of(session.stop());
  ASSERT_EQ(r.launches.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(r.counters(i).at(fadd_sum), 3) << i;
  EXPECT_THAT(r.losses(), IsEmpty());
}

char const* profiler_at_work = nullptr;

TEST_F(collect, another_profiler_is_named_where_a_gpu_is_measured) {
  flopwatch::detail::register_profiler_probe([] { return profiler_at_work; });
  program gpu;
  for (auto const* const when : {"never", "at the start", "at the end"}) {
    flopwatch::session session{{.device = "cuda:0"}};
    profiler_at_work = when == std::string("at the start") ? "Synthetic Profiler" : nullptr;
    session.start();
    gpu.launch("a");
    profiler_at_work = when == std::string("at the end") ? "Synthetic Profiler" : nullptr;
    auto const r = record_of(session.stop());
    profiler_at_work = nullptr;
    if (when == std::string("never")) {
      EXPECT_THAT(r.losses(), IsEmpty());
    } else {
      ASSERT_THAT(r.losses(), ElementsAre("other_profiler")) << when;
      EXPECT_THAT(r.data.losses[0].text, HasSubstr("Synthetic Profiler"));
    }
  }
  flopwatch::session on_cpu{{.device = "cpu"}};
  profiler_at_work = "Synthetic Profiler";
  on_cpu.start();
  EXPECT_THAT(record_of(on_cpu.stop()).losses(), IsEmpty());
  profiler_at_work = nullptr;
}

}  // namespace
