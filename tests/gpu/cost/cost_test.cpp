// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// What is timed runs on the stand-in, and says which counts are wrong. No time is looked at: they are made
// up.
#include <fstream>
#include <map>
#include <sstream>

#include <cuda.h>
#include <gmock/gmock.h>

#include "gpu/cost/cases.hpp"
#include "standin/control.hpp"

using gpu_probes::json;
using testing::HasSubstr;

namespace {

constexpr char const* ffma = "sm__sass_thread_inst_executed_op_ffma_pred_on.sum";
constexpr char const* bf16 = "sm__ops_path_tensor_src_bf16_dst_fp32.sum";

class gpu_cost_program : public testing::Test {
 protected:
  void SetUp() override {
    standin_reset();
    setting_.gpu.cubins = std::filesystem::path(testing::TempDir()) / "gpu-cost";
    std::filesystem::create_directories(setting_.gpu.cubins);
    setting_.gpu.table = known_counts::table::read(FLOPWATCH_SOURCE_DIR "/tests/gpu/known_kernels.json");
    setting_.long_trips = setting_.gpu.table.trips;
    setting_.limit_s = 200;
    for (auto const* source : {"cuda_core_kernels_90a", "tensor_kernels_90a"})
      std::ofstream(setting_.gpu.cubins / (std::string(source) + ".cubin")) << "stand-in";
    standin_kernel_value("known_ffma", ffma, 0, 8 * setting_.gpu.table.trips);
    for (auto const& kernel : setting_.gpu.table.kernels) {
      if (kernel.name == "known_mma_bf16")
        standin_kernel_value("known_mma_bf16", bf16, static_cast<double>(setting_.gpu.table.flops(kernel)),
                             0);
    }
  }
  void TearDown() override { standin_reset(); }

  [[nodiscard]] std::map<std::string, json> lines() const {
    std::stringstream out;
    cuInit(0);  // after each reset; the library itself does it once in a process
    gpu_cost::print_costs(setting_, out);
    std::map<std::string, json> found;
    for (std::string line; std::getline(out, line);) {
      auto one = json::parse(line);
      found[one.at("case").get<std::string>()] = one;
    }
    return found;
  }

  gpu_cost::cost_setting setting_;
};

TEST_F(gpu_cost_program, every_case_runs_and_counts_right) {
  auto const found = lines();
  EXPECT_EQ(found.size(), 10U + 3 * 2 + 2 * 2 * 6 + 6);
  for (auto [name, line] : found) {  // a copy: what is missing is null
    EXPECT_FALSE(line.contains("not_run")) << line;
    if (name.starts_with("session.")) {
      EXPECT_EQ(line["start_ns"].size(), 5U) << name;
      EXPECT_EQ(line["ranges"], line["launches"]) << name;
      EXPECT_EQ(line["launches"][4], line["max_ranges"]) << name;
      EXPECT_EQ(line["wrong_counts"], (json{0, 0, 0, 0, 0})) << name;
      EXPECT_EQ(line["synthetic"], true);
    } else {
      EXPECT_EQ(line["whole_ns_per_launch"].size(), 3U) << name;
      EXPECT_EQ(line.contains("ranges"), line.contains("expected_ranges")) << name;
      EXPECT_EQ(line["ranges"], line["expected_ranges"]) << name;
      EXPECT_EQ(line.value("wrong_counts", 0), 0) << name;
    }
  }
  EXPECT_EQ(found.at("launch.long.auto_range.instrumented")["ranges"], 60);
  EXPECT_EQ(found.at("launch.product.user_range_around_all.hardware")["ranges"], 3);
  EXPECT_EQ(found.at("launch.empty.started_not_in_a_range.hardware")["ranges"], 0);
  EXPECT_TRUE(found.contains("launch.empty.unsubscribed"));
  EXPECT_EQ(standin_violations(), 0U);
}

TEST_F(gpu_cost_program, a_wrong_count_is_seen) {
  standin_kernel_value("known_ffma", ffma, 1, 8 * setting_.gpu.table.trips);
  auto const found = lines();
  EXPECT_EQ(found.at("launch.long.auto_range.instrumented")["wrong_counts"], 60);
  EXPECT_EQ(found.at("launch.long.user_range_around_all.instrumented")["wrong_counts"], 3);
  EXPECT_EQ(found.at("launch.long.auto_range.hardware")["wrong_counts"], 0);
  EXPECT_EQ(found.at("session.instrumented.16")["wrong_counts"], (json{1, 1, 1, 1, 16}));
  EXPECT_EQ(found.at("session.hardware.16")["wrong_counts"], (json{0, 0, 0, 0, 0}));
}

TEST_F(gpu_cost_program, a_refused_call_is_named_and_the_rest_goes_on) {
  standin_add_faults("cuptiRangeProfilerStart#1=26");
  auto const found = lines();
  std::size_t refused = 0;
  for (auto const& [name, line] : found) {
    if (!line.contains("not_run")) continue;
    ++refused;
    EXPECT_THAT(line["not_run"].get<std::string>(), HasSubstr("cuptiRangeProfilerStart answers")) << name;
  }
  EXPECT_EQ(refused, 1U);
}

TEST_F(gpu_cost_program, what_there_is_no_time_for_says_so) {
  setting_.limit_s = 0;
  for (auto const& [name, line] : lines()) EXPECT_EQ(line["not_run"], "no time was left for it") << name;
}

TEST_F(gpu_cost_program, without_a_gpu_there_is_nothing_to_time) {
  standin_set_device_count(0);
  EXPECT_THROW(static_cast<void>(lines()), std::exception);
}

}  // namespace
