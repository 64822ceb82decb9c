// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// One recording given twice: synthetic files of Nsight Compute.
#include <gmock/gmock.h>

#include "unit/import/importing.hpp"
#include "unit/import/ncu_rows.hpp"

namespace flopwatch::test {
namespace {

using capture_detail::scratch_folder;
using testing::HasSubstr;
using testing::Optional;

std::filesystem::path written(scratch_folder const& folder, std::string const& name,
                              std::string const& text) {
  std::ofstream(folder.path() / name, std::ios::binary) << text;
  return folder.path() / name;
}

std::string wide(std::string const& host, std::string const& process, std::string const& kernel = "k") {
  return std::string("ID,Process ID,Host Name,Kernel Name,") + ffma + "\n,,,,inst\n0," + process + "," +
         host + "," + kernel + ",7\n1," + process + "," + host + ",l,5\n";
}

TEST(import_repeated, refuses_one_file_by_two_names) {
  auto const folder = scratch_folder::create();
  auto const file = written(folder, "a.csv", wide("here", "1"));
  EXPECT_THROW((void)import_files({file, file}), usage_error);
  std::filesystem::create_symlink(file, folder.path() / "b.csv");
  EXPECT_THROW((void)import_files({file, folder.path() / "b.csv"}), usage_error);
}

TEST(import_repeated, counts_launches_of_two_pages_of_one_recording_once) {
  auto const folder = scratch_folder::create();
  auto const got = import_files(
      {written(folder, "raw.csv", wide("here", "1")), written(folder, "details.csv", wide("here", "1"))});
  ASSERT_EQ(got.launches.size(), 2U);
  EXPECT_THAT(analyse(got.data).tree.measured_total.total_flops(), Optional(24));
  EXPECT_EQ(got.lost("import_launch_repeated"), 2);
  EXPECT_THAT(got.loss_text("import_launch_repeated"), HasSubstr("details.csv"));
}

TEST(import_repeated, finds_them_in_one_file_of_both_pages) {
  auto const got = import_text(wide("here", "1") + wide("here", "1"));
  EXPECT_EQ(got.launches.size(), 2U);
  EXPECT_EQ(got.lost("import_launch_repeated"), 2);
}

TEST(import_repeated, keeps_launches_of_other_hosts_processes_and_kernels) {
  auto const folder = scratch_folder::create();
  auto const first = written(folder, "a.csv", wide("here", "1"));
  for (auto const& other : {wide("there", "1"), wide("here", "2")}) {
    auto const got = import_files({first, written(folder, "b.csv", other)});
    EXPECT_EQ(got.launches.size(), 4U);
    EXPECT_EQ(got.lost("import_launch_repeated"), 0);
  }
  // Of these two, the second alone is the same.
  EXPECT_EQ(import_files({first, written(folder, "b.csv", wide("here", "1", "other"))}).launches.size(), 3U);
}

TEST(import_repeated, cannot_tell_without_the_process) {
  auto const folder = scratch_folder::create();
  auto const text = std::string("ID,Kernel Name,") + ffma + "\n,,inst\n0,k,7\n";
  auto const got = import_files({written(folder, "a.csv", text), written(folder, "b.csv", text)});
  EXPECT_EQ(got.launches.size(), 2U);
}

TEST(import_repeated, finds_the_two_pages_of_a_recording) {
  if (recordings().empty()) GTEST_SKIP() << "FLOPWATCH_RECORDINGS_DIR is not set";
  auto const folder = recordings() / "llm-perf-opt";
  auto const got =
      import_files({folder / "kernel_0009.ncu.metrics.csv", folder / "kernel_0009.ncu.details.csv"});
  ASSERT_EQ(got.launches.size(), 1U);
  EXPECT_THAT(got.launches[0].flops(), Optional(10192158720));
  EXPECT_EQ(got.lost("import_launch_repeated"), 1);
}

}  // namespace
}  // namespace flopwatch::test
