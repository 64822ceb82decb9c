// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Counters of whole scopes, instead of single launches.
#include <gmock/gmock.h>

#include "collect/graph_of.hpp"
#include "collect/seed_model.hpp"
#include "flopwatch/scope.hpp"
#include "recheck/images.hpp"

using namespace flopwatch::test;
using flopwatch::recheck::recheck_file;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

/// The scope ranges of a capture: "path launches value of the metric".
std::vector<std::string> ranges_of(recorded const& r, char const* metric = fadd_sum) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < r.ranges.size(); ++i) {
    auto const counters = r.range_counters(i);
    auto const found = counters.find(metric);
    out.push_back(
        r.range_scope(i) + ' ' + std::to_string(r.ranges[i].launches) + ' ' +
        (found == counters.end() ? "none" : std::to_string(static_cast<std::int64_t>(found->second))));
  }
  return out;
}

class scope_ranges : public collect {
 protected:
  void SetUp() override {
    collect::SetUp();
    standin_kernel_value("a", fadd_sum, 1, 0);
    standin_kernel_value("b", fadd_sum, 100, 0);
    standin_kernel_value("gemm", tensor_bf16, 1024, 0);
  }
};

/// Two blocks with a head each; launches before, between, in and after them.
void two_blocks(program& gpu) {
  gpu.launch("a");
  flopwatch::scope const net("net");
  gpu.launch("a");
  for (int i = 0; i < 2; ++i) {
    flopwatch::scope const block("block");
    gpu.launch("b");
    flopwatch::scope const head("head");
    gpu.launch("b");
    gpu.launch("gemm");
  }
  gpu.launch("a");
}

TEST_F(scope_ranges, launches_of_one_scope_at_that_depth_are_one_range) {
  program gpu;
  flopwatch::session session{{.device = "cuda:0", .scope_depth = 2}};
  session.start();
  two_blocks(gpu);
  auto const r = record_of(session.stop());
  EXPECT_THAT(ranges_of(r), ElementsAre(" 1 1", "net 1 1", "net.block 3 200", "net.block 3 200", "net 1 1"));
  EXPECT_THAT(r.losses(), IsEmpty());
  EXPECT_EQ(r.data.info.at("scope_depth"), "2");
}

TEST_F(scope_ranges, depth_one_is_the_outermost_scope) {
  program gpu;
  flopwatch::session session{{.device = "cuda:0", .scope_depth = 1}};
  session.start();
  two_blocks(gpu);
  EXPECT_THAT(ranges_of(record_of(session.stop())), ElementsAre(" 1 1", "net 8 402"));
}

TEST_F(scope_ranges, every_group_repeats_the_ranges_of_the_first) {
  program gpu;
  auto const r = counted({.device = "cuda:0", .scope_depth = 2}, [&] { two_blocks(gpu); });
  EXPECT_THAT(ranges_of(r), ElementsAre(" 1 1", "net 1 1", "net.block 3 200", "net.block 3 200", "net 1 1"));
  EXPECT_THAT(ranges_of(r, tensor_bf16),
              ElementsAre(" 1 0", "net 1 0", "net.block 3 1024", "net.block 3 1024", "net 1 0"));
  EXPECT_THAT(r.losses(), IsEmpty());
}

TEST_F(scope_ranges, a_group_of_several_passes_repeats_them_too) {
  program gpu;
  int runs = 0;
  auto const r = counted({.device = "cuda:0",
                          .metrics = "sm__throughput.avg.pct_of_peak_sustained_elapsed",
                          .scope_depth = 2,
                          .warmup = 0},
                         [&] {
                           ++runs;
                           two_blocks(gpu);
                         });
  EXPECT_GT(runs, 1);
  EXPECT_EQ(ranges_of(r).size(), 5U);
  EXPECT_THAT(r.losses(), IsEmpty());
}

TEST_F(scope_ranges, more_ranges_than_fit_are_read_in_chunks) {
  program gpu;
  flopwatch::session session{{.device = "cuda:0", .scope_depth = 1, .max_ranges = 3}};
  session.start();
  for (int i = 0; i < 10; ++i) {
    flopwatch::scope const step(i % 2 == 0 ? "even" : "odd");
    for (int n = 0; n <= i; ++n) gpu.launch(i % 2 == 0 ? "a" : "b");
  }
  auto const r = record_of(session.stop());
  EXPECT_THAT(ranges_of(r), ElementsAre("even 1 1", "odd 2 200", "even 3 3", "odd 4 400", "even 5 5",
                                        "odd 6 600", "even 7 7", "odd 8 800", "even 9 9", "odd 10 1000"));
  EXPECT_THAT(r.losses(), IsEmpty());
}

TEST_F(scope_ranges, a_refused_launch_is_in_no_range) {
  program gpu;
  auto const r = counted({.device = "cuda:0", .scope_depth = 1}, [&] {
    {
      flopwatch::scope const one("one");
      EXPECT_NE(gpu.try_launch("b", 0, 0), CUDA_SUCCESS);
    }
    {
      flopwatch::scope const two("two");
      gpu.launch("a");
      EXPECT_NE(gpu.try_launch("b", 0, 0), CUDA_SUCCESS);
      gpu.launch("a");
    }
    flopwatch::scope const three("three");
    EXPECT_NE(gpu.try_launch("b", 0, 0), CUDA_SUCCESS);
  });
  EXPECT_THAT(r.losses(), IsEmpty());
  EXPECT_THAT(ranges_of(r), ElementsAre("two 2 2", "three 0 0"));
}

TEST_F(scope_ranges, a_graph_counts_as_a_whole) {
  program gpu;
  graph_of graph(gpu, "b");
  flopwatch::session session{{.device = "cuda:0", .scope_depth = 1}};
  session.start();
  {
    flopwatch::scope const step("step");
    gpu.launch("a");
    graph.launch();
  }
  auto const r = record_of(session.stop());
  EXPECT_THAT(ranges_of(r), ElementsAre("step 2 301"));
  EXPECT_THAT(r.losses(), IsEmpty());
}

TEST_F(scope_ranges, lost_ranges_have_no_number) {
  program gpu;
  standin_drop_ranges(1);
  flopwatch::session session{{.device = "cuda:0", .scope_depth = 2}};
  session.start();
  two_blocks(gpu);
  auto const result = session.stop();
  auto const r = record_of(result);
  EXPECT_THAT(ranges_of(r),
              ElementsAre(" 1 none", "net 1 none", "net.block 3 none", "net.block 3 none", "net 1 none"));
  EXPECT_THAT(r.losses(), ElementsAre("ranges_dropped"));
  EXPECT_EQ(r.data.losses[0].count, 9);
  EXPECT_EQ(result.analysis().tree.measured_total.unmeasured_launches, 9);
}

TEST_F(scope_ranges, they_do_not_fit_kernel_replay) {
  program const gpu;
  flopwatch::session kernel{{.device = "cuda:0", .replay = flopwatch::replay_mode::kernel, .scope_depth = 1}};
  EXPECT_THROW(kernel.start(), flopwatch::usage_error);
}

TEST_F(scope_ranges, other_iterations_are_refused) {
  program gpu;
  int run = 0;
  auto const r = counted({.device = "cuda:0", .scope_depth = 1}, [&] {
    flopwatch::scope const step("step");
    gpu.launch("a");
    if (++run == 3) gpu.launch("b");
  });
  EXPECT_THAT(ranges_of(r), ElementsAre("step 1 1"));
  EXPECT_THAT(r.losses(), ElementsAre("iterations_differ"));
}

TEST_F(scope_ranges, what_was_kept_is_equal_when_evaluated_again) {
  program gpu;
  flopwatch::session session{
      {.device = "cuda:0", .scope_depth = 2, .max_ranges = 2, .raw = flopwatch::raw_choice::all}};
  auto const path = testing::TempDir() + "scope-ranges.flops";
  session.count([&] { two_blocks(gpu); }).save(path);
  auto const outcome = recheck_file(path, false);
  EXPECT_TRUE(outcome.equal) << outcome.output;
  EXPECT_THAT(outcome.output, HasSubstr("5 compared of 5 measured, 5 equal"));
}

class several_streams : public collect {
 protected:
  void SetUp() override {
    collect::SetUp();
    for (int i = 0; i < 4; ++i) standin_kernel_value(kernel(i).c_str(), fadd_sum, 10 + i, 0);
    standin_set_late_streams(1);
  }
  static std::string kernel(int i) { return "k" + std::to_string(i); }
  static flopwatch::session_options options(bool isolate) {
    return {.device = "cuda:0", .metrics = "cuda-core", .scope_depth = 1, .isolate_ranges = isolate};
  }
  /// What each of four scopes counted, whose kernels run on two streams in turn.
  [[nodiscard]] recorded four_scopes(bool isolate, bool one_stream = false, std::size_t room = 64) const {
    program gpu;
    auto* const first = gpu.new_stream();
    auto* const second = one_stream ? first : gpu.new_stream();
    auto o = options(isolate);
    o.max_ranges = room;
    flopwatch::session session{o};
    session.start();
    for (int i = 0; i < 4; ++i) {
      flopwatch::scope const here("scope" + std::to_string(i));
      gpu.launch(kernel(i).c_str(), 1, 1, first);
      gpu.launch(kernel(i).c_str(), 1, 1, second);
    }
    must(cuCtxSynchronize(), "cuCtxSynchronize");
    return record_of(session.stop());
  }
};

TEST_F(several_streams, each_range_has_its_own_launches_where_it_is_isolated) {
  auto const r = four_scopes(true);
  ASSERT_EQ(r.ranges.size(), 4U);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(r.range_counters(static_cast<std::size_t>(i)).at(fadd_sum), 2 * (10 + i)) << i;
  }
  EXPECT_THAT(r.losses(), IsEmpty());
}

TEST_F(several_streams, ranges_that_can_have_mixed_are_said) {
  auto const r = four_scopes(false);
  double sum = 0;
  for (std::size_t i = 0; i < 4; ++i) sum += r.range_counters(i).at(fadd_sum);
  EXPECT_EQ(sum, 2 * (10 + 11 + 12 + 13)) << "nothing is lost";
  EXPECT_NE(r.range_counters(0).at(fadd_sum), 20) << "the stand-in's streams do overlap";
  ASSERT_THAT(r.losses(), ElementsAre("ranges_may_mix"));
  EXPECT_EQ(r.data.losses[0].count, 3);
  EXPECT_THAT(r.data.losses[0].text, HasSubstr("scope0 and scope1"));
}

TEST_F(several_streams, ranges_do_not_mix_where_the_counters_are_read_in_between) {
  auto const r = four_scopes(false, false, 2);
  ASSERT_THAT(r.losses(), ElementsAre("ranges_may_mix"));
  EXPECT_EQ(r.data.losses[0].count, 2);
  double sum = 0;
  for (std::size_t i = 0; i < 4; ++i) sum += r.range_counters(i).at(fadd_sum);
  EXPECT_EQ(sum, 2 * (10 + 11 + 12 + 13)) << "what still ran when the counters were read counts too";
}

TEST_F(several_streams, of_which_one_is_used_do_not_mix) {
  auto const r = four_scopes(false, true);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(r.range_counters(static_cast<std::size_t>(i)).at(fadd_sum), 2 * (10 + i)) << i;
  }
  EXPECT_THAT(r.losses(), IsEmpty());
}

TEST_F(several_streams, that_cannot_be_waited_for_lose_their_chunk) {
  program gpu;
  flopwatch::session session{options(true)};
  session.start();
  for (int i = 0; i < 2; ++i) {
    flopwatch::scope const here("scope" + std::to_string(i));
    gpu.launch("k0");
  }
  ASSERT_EQ(standin_add_faults("cuCtxSynchronize=700"), 0);
  auto const r = record_of(session.stop());
  standin_clear_faults();
  EXPECT_THAT(r.losses(), ElementsAre("counters_failed"));
  EXPECT_THAT(r.data.losses[0].text, HasSubstr("code 700"));
  EXPECT_EQ(r.launches.size(), 2U);
}

TEST_F(seed_model, by_scope_the_numbers_are_of_whole_scopes) {
  program gpu;
  flopwatch::session s{{.device = "cuda:0", .scope_depth = 2}};
  s.state().read_tree = &seed_model::tree;
  auto const r = s.count([&] { forward(gpu); });
  auto const& rows = r.analysis().differences.rows;
  EXPECT_EQ(rows[0].measured_total_flops, 2 * all_macs + 640 * 768);
  EXPECT_EQ(rows[0].measured_flops, std::nullopt);
  EXPECT_EQ(rows[1].measured_total_flops, 2 * qkv_macs);
  EXPECT_EQ(rows[2].measured_total_flops, 2 * proj_macs + 640 * 768);
  EXPECT_THAT(measured_verdicts(r), ElementsAre("agrees 0"));
  ASSERT_EQ(r.analysis().capture.losses.size(), 1U);
  EXPECT_EQ(r.analysis().capture.losses[0].kind, "formats_left_out");
  EXPECT_EQ(r.analysis().capture.losses[0].severity, flopwatch::severity::note);
  auto const text = r.report({.width = 120});
  EXPECT_THAT(text, HasSubstr("collected for 4 of 4 launches, together for each scope to depth 2"));
  EXPECT_THAT(text, HasSubstr("4,278,681,600"));
  RecordProperty("report", text);
}

TEST_F(seed_model, by_scope_deeper_modules_have_no_number) {
  program gpu;
  flopwatch::session s{{.device = "cuda:0", .scope_depth = 1}};
  s.state().read_tree = &seed_model::tree;
  auto const r = s.count([&] { forward(gpu, "padded_scores"); });
  auto const& rows = r.analysis().differences.rows;
  EXPECT_TRUE(rows[0].measured_total_flops.has_value());
  EXPECT_EQ(rows[1].measured_total_flops, std::nullopt);
  EXPECT_EQ(rows[2].measured_total_flops, std::nullopt);
  EXPECT_THAT(measured_verdicts(r),
              ElementsAre("padding_or_extra_work " + std::to_string(4 * (scores_macs / 64 * 16))));
  EXPECT_THAT(rows[0].verdicts.back().cause, HasSubstr("counted together"));
}

TEST_F(seed_model, by_scope_without_tensor_metrics_no_number_stands_for_a_half_precision_product) {
  program gpu;
  flopwatch::session s{{.device = "cuda:0", .metrics = "cuda-core", .scope_depth = 2}};
  s.state().read_tree = &seed_model::tree;
  auto const r = s.count([&] { half_precision_forward(gpu); });
  auto const& rows = r.analysis().differences.rows;
  EXPECT_EQ(rows[0].measured_total_flops, std::nullopt);
  EXPECT_EQ(rows[1].measured_total_flops, std::nullopt);
  EXPECT_TRUE(rows[2].measured_total_flops.has_value());
}

}  // namespace
