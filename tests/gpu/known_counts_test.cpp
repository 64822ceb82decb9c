// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// The program of the kernels of known count, on the stand-in driver, whose counts are chosen here.
#include "gpu/known_counts.hpp"

#include <fstream>

#include <gmock/gmock.h>

#include "standin/control.hpp"

using known_counts::architecture_for;
using known_counts::outcome;
using known_counts::table;
using testing::IsEmpty;

namespace {

class known_kernels : public testing::Test {
 protected:
  void SetUp() override {
    standin_reset();
    folder_ = std::filesystem::path(testing::TempDir()) / "known-kernels";
    std::filesystem::create_directories(folder_);
    for (auto const* source : {"cuda_core_kernels", "packed_kernels", "tensor_kernels"}) {
      std::ofstream(folder_ / (std::string(source) + "_90a.cubin")) << "stand-in";
    }
    table_ = table::read(FLOPWATCH_SOURCE_DIR "/tests/gpu/known_kernels.json");
    for (auto const& k : table_.kernels) count(k, static_cast<double>(right_value(k)));
  }

  std::int64_t right_value(known_counts::kernel const& k) const {
    return k.on_tensor_cores() ? table_.flops(k) : table_.instructions(k);
  }

  /// What the stand-in's GPU counts for a kernel. Its chip, GH100, has these names.
  static void count(known_counts::kernel const& k, double value) {
    static std::map<std::string, std::string> const of_chip{
        {"sm__ops_path_tensor_src_fp16", "sm__ops_path_tensor_op_hmma_src_fp16_dst_fp32.sum"},
        {"sm__ops_path_tensor_src_bf16", "sm__ops_path_tensor_src_bf16_dst_fp32.sum"},
        {"sm__ops_path_tensor_src_tf32", "sm__ops_path_tensor_src_tf32_dst_fp32.sum"},
        {"sm__ops_path_tensor_src_int8", "sm__ops_path_tensor_op_imma_src_int8_sparsity_off.sum"},
        {"sm__ops_path_tensor_src_fp64", "sm__ops_path_tensor_src_fp64.sum"}};
    auto const found = of_chip.find(k.metric);
    auto const& metric = found == of_chip.end() ? k.metric : found->second;
    standin_kernel_value(k.name.c_str(), metric.c_str(), value, 0);
  }

  std::vector<outcome> run() {
    return known_counts::run(table_, folder_, 0, [&](auto const&) { ++kept_; });
  }

  table table_;
  std::filesystem::path folder_;
  int kept_ = 0;
};

TEST_F(known_kernels, right_counts_are_exact) {
  auto const outcomes = run();
  EXPECT_EQ(outcomes.size(), table_.kernels.size());
  EXPECT_EQ(kept_, 1);
  for (auto const& o : outcomes) {
    EXPECT_TRUE(o.exact()) << o.kernel << ' ' << o.counted.value_or(-1) << " for " << o.expected;
    EXPECT_THAT(o.also, IsEmpty()) << o.kernel;
  }
}

TEST_F(known_kernels, a_count_that_is_off_by_one_is_found) {
  count(table_.kernels.at(0), static_cast<double>(right_value(table_.kernels.at(0)) + 1));
  auto const outcomes = run();
  EXPECT_FALSE(outcomes.at(0).exact());
  EXPECT_TRUE(outcomes.at(1).exact());
}

TEST_F(known_kernels, what_another_counter_sees_is_said) {
  standin_kernel_value("known_hfma2", "sm__ops_path_tensor_op_hmma_src_fp16_dst_fp16.sum", 5, 0);
  for (auto const& o : run()) {
    if (o.kernel == "known_hfma2") {
      EXPECT_EQ(o.also.at("sm__ops_path_tensor_op_hmma_src_fp16_dst_fp16.sum"), 5);
    }
  }
}

TEST_F(known_kernels, without_permission_nothing_is_exact) {
  standin_set_permission(0);
  for (auto const& o : run()) EXPECT_FALSE(o.exact()) << o.kernel;
}

TEST_F(known_kernels, hand_computed_counts) {
  auto const value = [&](std::string_view name) {
    for (auto const& k : table_.kernels) {
      if (k.name == name) return table_.flops(k);
    }
    return std::int64_t{-1};
  };
  // 1,024 threads, 1,000 trips, 8 instructions.
  EXPECT_EQ(value("known_fadd"), 8'192'000);
  EXPECT_EQ(value("known_ffma"), 16'384'000);
  EXPECT_EQ(value("known_ffma_half_of_the_lanes"), 8'192'000);
  EXPECT_EQ(value("known_hfma2"), 32'768'000);
  // 32 warps, 1,000 trips, 4 products of 16x8x16.
  EXPECT_EQ(value("known_mma_fp16"), 32LL * 1000 * 4 * 2 * 16 * 8 * 16);
  EXPECT_EQ(value("known_mma_fp64"), 32LL * 1000 * 4 * 2 * 8 * 8 * 4);
  EXPECT_EQ(value("known_wgmma_fp16"), 8LL * 1000 * 4 * 2 * 64 * 8 * 16);
}

TEST(architecture, is_the_one_whose_code_runs) {
  std::vector<std::string> const known{"80", "90a", "100", "120"};
  EXPECT_EQ(architecture_for(8, 0, known), "80");
  EXPECT_EQ(architecture_for(8, 9, known), "80");
  EXPECT_EQ(architecture_for(9, 0, known), "90a");
  EXPECT_EQ(architecture_for(10, 3, known), "100");
  EXPECT_EQ(architecture_for(12, 0, known), "120");
  EXPECT_EQ(architecture_for(7, 5, known), "");
  EXPECT_EQ(architecture_for(11, 0, known), "");
}

}  // namespace
