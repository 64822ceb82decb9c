// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Synthetic files of Nsight Compute, one for each trap.
#include <gmock/gmock.h>

#include "unit/import/importing.hpp"
#include "unit/import/ncu_rows.hpp"

namespace flopwatch::test {
namespace {

using testing::Eq;
using testing::HasSubstr;
using testing::Optional;

TEST(import_ncu, reads_the_long_form_after_output_of_the_program) {
  auto const got = import_text(
      "\xef\xbb\xbf"
      "hello \"world\n==PROF== Connected\n\xef\xbb\xbf" +
      long_header + row(0, "k", fadd, "1,000") + row(0, "k", ffma, "2,000,000") + "==PROF== Disconnected\n" +
      row(1, "l", fadd, "5"));
  ASSERT_EQ(got.launches.size(), 2U);
  EXPECT_EQ(got.launches[0].kernel, "k");
  EXPECT_EQ(got.launches[0].record.grid_y, 3);
  EXPECT_EQ(got.launches[0].record.block_x, 128);
  EXPECT_THAT(got.launches[0].flops(), Optional(4001000));
  EXPECT_EQ(got.lost("import_unreadable"), 0);
  EXPECT_EQ(got.data.info.at(info_key::imported_from), "synthetic (ncu)");
}

TEST(import_ncu, reads_the_wide_form_with_a_row_of_units) {
  auto const got =
      import_text(std::string("ID,Kernel Name,") + ffma + "," + pipe +
                  ",gpu__time_duration.sum\n,,inst,inst,us\n" + "0,k,\"1,024\",0,3.5\n1,l,2048.000000,0,4\n");
  ASSERT_EQ(got.launches.size(), 2U);
  EXPECT_EQ(got.launches[0][ffma], 1024);
  EXPECT_THAT(got.launches[1].flops(), Optional(4096));
  EXPECT_FALSE(got.launches[0].counters.contains("gpu__time_duration.sum"));
}

TEST(import_ncu, makes_rows_of_nvtx_ranges) {
  auto const cell = [](std::string const& range) {
    return "\"7  \"\"<default domain>:net:none:none:none:none:none:none\"\"  \"\"" + range + "\"\" \"";
  };
  auto const got = import_text(
      std::string(
          "ID,Kernel Name,\"thread Domain:Push/Pop_Range:PL_Type:PL_Value:CLR_Type:Color:Msg_Type:Msg\",") +
      ffma + "\n,,,inst\n" + "0,k," + cell("<default domain>:a:none:none:none:none:none:none") + ",1\n" +
      "1,k," + cell("<default domain>:a:none:none:none:none:none:none") + ",2\n" + "2,k," +
      cell("flopwatch:net.fc|Linear|2|backward:none:none:none:none:none:none") + ",4\n3,k,,8\n");
  ASSERT_EQ(got.launches.size(), 4U);
  EXPECT_EQ(got.path_of(got.launches[0]), "net.a");
  EXPECT_EQ(got.path_of(got.launches[1]), "net.a");
  EXPECT_EQ(got.path_of(got.launches[2]), "net.fc");
  EXPECT_EQ(got.launches[2].record.phase, phase::backward);
  EXPECT_EQ(got.path_of(got.launches[3]), "");
  ASSERT_EQ(got.data.scopes.size(), 3U);
  EXPECT_EQ(got.data.scopes[2].type, "Linear");
  EXPECT_EQ(got.data.scopes[2].call, 1);  // the outermost of flopwatch's own is numbered by its entries
  EXPECT_EQ(got.data.scopes[0].entries, 1);
}

TEST(import_ncu, takes_no_rate_for_a_count) {
  auto const got =
      import_text(long_header +
                  row(0, "k", "smsp__sass_thread_inst_executed_op_ffma_pred_on.sum.per_cycle_elapsed",
                      "24.67", "inst/cycle") +
                  row(0, "k", "derived__smsp__sass_thread_inst_executed_op_ffma_pred_on_x2", "49.3", "") +
                  row(0, "k", "smsp__sass_thread_inst_executed_op_dfma_pred_on.sum", "24.67", "inst/cycle"));
  ASSERT_EQ(got.launches.size(), 1U);
  EXPECT_THAT(got.launches[0].flops(), Eq(std::nullopt));
  EXPECT_EQ(got.lost("import_left_out"), 2);
  EXPECT_THAT(got.loss_text("import_unreadable"), HasSubstr("dfma"));
}

TEST(import_ncu, takes_no_missing_value_for_zero) {
  auto const got = import_text(long_header + row(0, "k", ffma, "10") + row(0, "k", fadd, "n/a") +
                               row(1, "k", ffma, "n/a") + row(1, "k", fmul, "3"));
  ASSERT_EQ(got.launches.size(), 2U);
  EXPECT_THAT(got.launches[0].flops(), Optional(20));
  EXPECT_FALSE(got.launches[0].counters.contains(fadd));
  // It had a value before, so it is a counter of this chip, and the launch is not measured.
  EXPECT_THAT(got.launches[1].flops(), Eq(std::nullopt));
  EXPECT_EQ(got.lost("import_not_available"), 2);
  EXPECT_EQ(report_exit_code(analyse(got.data)), 5);
}

TEST(import_ncu, takes_no_missing_value_for_zero_in_either_order) {
  auto const without = [](int id) { return row(id, "k", ffma, "n/a") + row(id, "k", fmul, "3"); };
  auto const with = [](int id) { return row(id, "k", ffma, "10") + row(id, "k", fmul, "3"); };
  auto const last = import_text(long_header + without(0) + with(1));
  auto const first = import_text(long_header + with(0) + without(1));
  ASSERT_EQ(last.launches.size(), 2U);
  EXPECT_THAT(last.launches[0].flops(), Eq(std::nullopt));
  EXPECT_THAT(last.launches[1].flops(), Optional(23));
  EXPECT_EQ(last.launches[0].record.order, 0);
  EXPECT_THAT(first.launches.at(1).flops(), Eq(std::nullopt));
  for (auto const* got : {&last, &first}) {
    EXPECT_EQ(got->lost("import_not_available"), 1);
    // Launches of one kernel in one place are summed up together.
    EXPECT_EQ(analyse(got->data).tree.measured_total.unmeasured_launches, 2);
  }
}

TEST(import_ncu, keeps_the_order_of_launches_that_wait_for_a_value) {
  auto const got = import_text(long_header + row(0, "k", ffma, "n/a") + row(0, "k", fmul, "3") +
                               row(1, "l", fmul, "5") + row(2, "m", ffma, "n/a") + row(2, "m", fmul, "7"));
  ASSERT_EQ(got.launches.size(), 3U);
  EXPECT_EQ(got.launches[0].kernel + got.launches[1].kernel + got.launches[2].kernel, "klm");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(got.launches[static_cast<std::size_t>(i)].record.order, i);
  // It never had a value: no counter of this chip.
  EXPECT_THAT(got.launches[2].flops(), Optional(7));
  EXPECT_FALSE(got.launches[2].counters.contains(ffma));
  EXPECT_EQ(got.summary.measured_launches, 3);
}

TEST(import_ncu, says_that_scaled_counts_are_rounded) {
  auto const got = import_text(long_header + row(0, "k", ffma, "1.23", "Ginst"));
  EXPECT_EQ(got.launches.at(0)[ffma], 1230000000);
  EXPECT_EQ(got.lost("import_rounded"), 1);
}

TEST(import_ncu, adds_parts_where_the_parent_is_missing_and_never_both) {
  std::string const on = "sm__ops_path_tensor_src_bf16_dst_fp32_sparsity_on.sum";
  std::string const off = "sm__ops_path_tensor_src_bf16_dst_fp32_sparsity_off.sum";
  auto const parts = import_text(long_header + row(0, "k", on, "5", "") + row(0, "k", off, "7", ""));
  EXPECT_THAT(parts.launches.at(0).flops(), Optional(12));
  EXPECT_EQ(parts.lost("import_tensor_part"), 0);
  auto const both = import_text(long_header + row(0, "k", on, "5", "") + row(0, "k", off, "7", "") +
                                row(0, "k", bf16, "12", ""));
  EXPECT_THAT(both.launches.at(0).flops(), Optional(12));
  auto const one = import_text(long_header + row(0, "k", off, "7", ""));
  EXPECT_THAT(one.launches.at(0).flops(), Optional(7));
  EXPECT_EQ(one.lost("import_tensor_part"), 1);
}

TEST(import_ncu, leaves_out_a_second_way_of_counting_the_same) {
  std::string const stem = "sm__ops_path_tensor_";
  auto const got =
      import_text(long_header + row(0, "k", stem + "src_bf16_dst_fp32_sparsity_on.sum", "0", "") +
                  row(0, "k", stem + "src_bf16_dst_fp32_sparsity_off.sum", "9", "") +
                  row(0, "k", stem + "op_hmma_src_bf16_dst_fp32.sum", "9", ""));
  EXPECT_THAT(got.launches.at(0).flops(), Optional(9));
  EXPECT_EQ(got.lost("import_overlapping"), 1);
}

TEST(import_ncu, knows_half_precision_instructions_on_the_tensor_pipe) {
  // 3 threads in one warp: fewer than 32 for an instruction.
  auto const got = import_text(long_header + row(0, "plain", hfma, "3") + row(0, "plain", pipe, "1") +
                               row(1, "plain", hfma, "64") + row(1, "plain", pipe, "2"));
  EXPECT_EQ(got.lost("import_tensor_uncounted"), 0);
  EXPECT_THAT(got.launches.at(0).flops(), Optional(6));
  EXPECT_THAT(got.launches.at(1).flops(), Optional(128));
}

TEST(import_ncu, measures_no_launch_whose_matrix_instructions_were_not_counted) {
  auto const got =
      import_text(long_header + row(0, "my_kernel", hfma, "0") + row(0, "my_kernel", pipe, "10") +
                  row(1, "gemm_s16816_tn", hfma, "0") + row(1, "gemm_s16816_tn", pipe, "10") +
                  row(2, "wmma_s161616_tn", hfma, "0") + row(2, "wmma_s161616_tn", pipe, "10"));
  for (auto const& l : got.launches) EXPECT_THAT(l.flops(), Eq(std::nullopt)) << l.kernel;
  EXPECT_EQ(got.lost("import_tensor_uncounted"), 3);
  // Of the second alone the name gives the instruction: 10 * 4096.
  EXPECT_EQ(got.lost("import_tensor_derived"), 1);
  EXPECT_THAT(got.loss_text("import_tensor_derived"), HasSubstr("40,960 FLOPs"));
  EXPECT_EQ(analyse(got.data).tree.measured_total.unmeasured_launches, 3);
}

TEST(import_ncu, names_a_tensor_kernel_without_any_counter_of_the_tensor_cores) {
  auto const got =
      import_text(long_header + row(0, "sm80_xmma_gemm_tf32", ffma, "0") + row(1, "plain", ffma, "4"));
  EXPECT_THAT(got.launches.at(0).flops(), Eq(std::nullopt));
  EXPECT_THAT(got.launches.at(1).flops(), Optional(8));
  EXPECT_EQ(got.lost("import_tensor_unknown"), 1);
}

TEST(import_ncu, takes_no_zero_beside_a_busy_tensor_pipe) {
  auto const busy =
      row(0, "nvjet", "sm__inst_executed_pipe_tensor.avg.pct_of_peak_sustained_active", "86.0", "%");
  auto const idle =
      row(1, "nvjet", "sm__inst_executed_pipe_tensor.avg.pct_of_peak_sustained_active", "0", "%");
  auto const got =
      import_text(long_header + busy + row(0, "nvjet", bf16, "0", "") + row(0, "nvjet", ffma, "4") + idle +
                  row(1, "nvjet", bf16, "0", "") + row(1, "nvjet", ffma, "4"));
  EXPECT_THAT(got.launches.at(0).flops(), Eq(std::nullopt));
  EXPECT_THAT(got.launches.at(1).flops(), Optional(8));
  EXPECT_EQ(got.lost("import_tensor_zero"), 1);
}

TEST(import_ncu, uses_no_metric_of_an_older_chip) {
  std::string const hmma = "sm__ops_path_tensor_op_hmma_src_bf16_dst_fp32.sum";
  auto const newer =
      import_text(long_header + row(0, "nvjet", hmma, "0", "", "10.0") +
                  row(0, "nvjet", ffma, "4", "inst", "10.0") + row(0, "nvjet", pipe, "9", "inst", "10.0"));
  EXPECT_THAT(newer.launches.at(0).flops(), Eq(std::nullopt));
  EXPECT_EQ(newer.lost("import_older_metric"), 1);
  auto const own = import_text(long_header + row(0, "k", hmma, "0", "", "8.0") + row(0, "k", ffma, "4"));
  EXPECT_THAT(own.launches.at(0).flops(), Optional(8));
  EXPECT_EQ(own.lost("import_older_metric"), 0);
}

TEST(import_ncu, measures_nothing_by_a_zero_of_the_tensor_cores_alone) {
  auto const got = import_text(long_header + row(0, "gemv", bf16, "0", "") + row(1, "gemm", bf16, "512", ""));
  EXPECT_THAT(got.launches.at(0).flops(), Eq(std::nullopt));
  EXPECT_THAT(got.launches.at(1).flops(), Optional(512));
  EXPECT_EQ(got.lost("import_counters_missing"), 9 * 1);
}

TEST(import_ncu, keeps_what_came_before_the_end_of_a_cut_file) {
  auto const whole = long_header + row(0, "k", ffma, "1") + row(1, "k", ffma, "2");
  for (auto const missing : {2U, 4U, 12U}) {
    auto const got = import_text(whole.substr(0, whole.size() - missing));
    EXPECT_EQ(got.launches.size(), 1U) << missing;
    EXPECT_EQ(got.lost("import_cut_off"), 1) << missing;
  }
}

TEST(import_ncu, names_rows_that_it_cannot_place) {
  auto const got =
      import_text(long_header + row(1, "k", ffma, "1") + row(0, "k", ffma, "2") + "strange text\n");
  EXPECT_EQ(got.launches.size(), 1U);
  EXPECT_EQ(got.lost("import_unreadable"), 2);
}

TEST(import_ncu, starts_again_at_a_second_header) {
  auto const got = import_text(long_header + row(0, "k", ffma, "1") + long_header + row(0, "l", ffma, "2"));
  EXPECT_EQ(got.launches.size(), 2U);
  EXPECT_EQ(got.launches.at(1).record.order, 1);
}

TEST(import_profile, refuses_other_files) {
  for (auto const* content : {"", "some text", "a,b,c\n1,2,3\n", "ID,Kernel Name\n"}) {
    EXPECT_THROW((void)import_text(content), usage_error) << content;
  }
  EXPECT_THROW((void)import_files({"/nowhere/at/all"}), usage_error);
  import_options options;
  options.format = import_format::ncu;
  EXPECT_THROW((void)import_text("no header", options), usage_error);
}

TEST(import_profile, leaves_a_file_that_is_no_capture) {
  auto const folder = capture_detail::scratch_folder::create();
  auto const file = folder.path() / "synthetic.csv";
  std::ofstream(file) << long_header << row(0, "k", ffma, "1");
  std::ofstream(folder.path() / "synthetic.flops") << "mine";
  import_options options;
  options.files = {file};
  EXPECT_THROW((void)import_profile(options), capture_error);
  std::filesystem::remove(folder.path() / "synthetic.flops");
  EXPECT_EQ(import_profile(options).capture, folder.path() / "synthetic.flops");
}

}  // namespace
}  // namespace flopwatch::test
