// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// What an import leaves out, and must name: synthetic files of all profilers.
#include <gmock/gmock.h>

#include "unit/import/importing.hpp"
#include "unit/import/ncu_rows.hpp"
#include "unit/import/nsys_export.hpp"
#include "unit/import/trace_text.hpp"

namespace flopwatch::test {
namespace {

using capture_detail::scratch_folder;
using testing::Eq;
using testing::HasSubstr;
using testing::Optional;

imported nsys(std::string const& more) {
  auto const folder = scratch_folder::create();
  make_export(folder.path() / "synthetic.sqlite", more);
  return import_files({folder.path() / "synthetic.sqlite"});
}

TEST(import_dropped, names_ranges_of_nsys_that_are_started_and_ended) {
  EXPECT_EQ(nsys("").lost("import_ranges_left_out"), 0);
  auto const got = nsys(std::string("INSERT INTO NVTX_EVENTS VALUES (10,100,60,") + thread +
                        ",0,'epoch',NULL),(110,NULL,60," + thread + ",0,NULL,2);");
  EXPECT_EQ(got.lost("import_ranges_left_out"), 2);
  EXPECT_THAT(got.loss_text("import_ranges_left_out"), HasSubstr("epoch, net"));
}

TEST(import_dropped, names_launches_of_ncu_in_ranges_that_are_started_and_ended) {
  auto const text =
      std::string(
          "ID,Kernel Name,\"Id:Domain:Start/Stop_Range:PL_Type:PL_Value:CLR_Type:Color:Msg_Type:Msg\",") +
      ffma + "\n,,,inst\n0,k,\"1 \"\"<default domain>:epoch:none:none:none:none:none:none\"\"\",1\n1,k,,2\n" +
      "2,k, ,2\n";
  auto const got = import_text(text);
  ASSERT_EQ(got.launches.size(), 3U);
  EXPECT_EQ(got.lost("import_ranges_left_out"), 1);
  EXPECT_THAT(got.loss_text("import_ranges_left_out"), HasSubstr("epoch"));
}

std::string calls_with_names(std::string const& rows) {
  return "INSERT INTO StringIds VALUES (10,'cudaLaunchKernel_v7000'),(11,'cuLaunchKernel'),"
         "(12,'cudaGraphLaunch_v10000'),(13,'cudaMemcpyAsync_v3020');"
         "CREATE TABLE named(start, correlationId, globalTid, nameId, returnValue);"
         "INSERT INTO named SELECT start, correlationId, globalTid, 10, 0 FROM CUPTI_ACTIVITY_KIND_RUNTIME;"
         "DROP TABLE CUPTI_ACTIVITY_KIND_RUNTIME; ALTER TABLE named RENAME TO CUPTI_ACTIVITY_KIND_RUNTIME;"
         "INSERT INTO CUPTI_ACTIVITY_KIND_RUNTIME VALUES " +
         rows + ";";
}

TEST(import_dropped, names_launches_of_nsys_without_a_kernel) {
  std::string const of = thread;
  auto const got = nsys(calls_with_names("(80,41," + of + ",11,0),(82,42," + of + ",12,0),(84,43," + of +
                                         ",13,0),(86,44," + of + ",10,700)"));
  EXPECT_EQ(got.lost("import_launch_without_kernel"), 2);
  EXPECT_THAT(got.loss_text("import_launch_without_kernel"), HasSubstr("cuLaunchKernel"));
  ASSERT_EQ(got.launches.size(), 5U);
  std::int64_t missing = 0;
  for (auto const& l : got.launches) {
    if (l.kernel != "(kernel not in the trace)") continue;
    ++missing;
    EXPECT_EQ(got.path_of(l), "net");
  }
  EXPECT_EQ(missing, 2);
}

TEST(import_dropped, knows_what_is_captured_and_runs_later) {
  std::string const of = thread;
  auto const got = nsys(
      "INSERT INTO StringIds VALUES (20,'cudaStreamBeginCapture_v10000'),"
      "(21,'cudaStreamEndCapture_v10000');" +
      calls_with_names("(80,40," + of + ",20,0),(82,41," + of + ",10,0),(84,43," + of + ",21,0),(86,44," +
                       of + ",10,0)"));
  EXPECT_EQ(got.lost("import_launch_without_kernel"), 1);
  EXPECT_EQ(got.launches.size(), 4U);
}

TEST(import_dropped, names_whole_graphs_of_nsys_once) {
  std::string const of = thread;
  auto const got = nsys(calls_with_names("(82,42," + of + ",12,0)") +
                        "CREATE TABLE CUPTI_ACTIVITY_KIND_GRAPH_TRACE(start, correlationId, globalPid);"
                        "INSERT INTO CUPTI_ACTIVITY_KIND_GRAPH_TRACE VALUES (90,42,16777216);");
  EXPECT_EQ(got.lost("import_launch_without_kernel"), 1);
}

std::string counters(int begin, std::string const& ffma_count) {
  return event("cuda_profiler_range", "k", begin, 10,
               R"("smsp__sass_thread_inst_executed_op_ffma_pred_on.sum":)" + ffma_count);
}

TEST(import_dropped, names_graph_launches_of_a_trace_without_kernels) {
  auto const graph = event("cuda_runtime", "cudaGraphLaunch", 15, 1, R"("correlation":9)");
  auto const got = import_text(trace(
      {module("Net_0", 0, 100), launch(10, 1), graph, launch(20, 2), counters(1, "7"), counters(2, "9")}));
  EXPECT_EQ(got.lost("import_launch_without_kernel"), 1);
  EXPECT_THAT(got.loss_text("import_launch_without_kernel"), HasSubstr("cudaGraphLaunch"));
  ASSERT_EQ(got.launches.size(), 3U);
  // The counters are those of the kernels that were launched one by one.
  EXPECT_THAT(got.launches[0].flops(), Optional(14));
  EXPECT_THAT(got.launches[1].flops(), Optional(18));
  EXPECT_THAT(got.launches[2].flops(), Eq(std::nullopt));
  EXPECT_EQ(got.path_of(got.launches[2]), "Net_0");
  EXPECT_EQ(report_exit_code(analyse(got.data)), 5);
}

}  // namespace
}  // namespace flopwatch::test
