// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// A session writes `<path>.part` and moves it to `<path>` at its end; a program that is killed leaves the
// former.
#include "capture/open.hpp"
#include "unit/capture/synthetic_records.hpp"

namespace flopwatch::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class part_file : public testing::Test {
 protected:
  void write_to(std::string const& name) const {
    capture_writer w(folder_ / name);
    write(w, {});
    w.close();
  }

  test_folder folder_;
};

TEST_F(part_file, is_named_where_the_capture_is_missing) {
  write_to("run.flops.part");
  EXPECT_THAT(refusal([&] { capture_reader r(folder_ / "run.flops"); }),
              AllOf(HasSubstr("run.flops' is not there"), HasSubstr("ended without being closed"),
                    HasSubstr("read '" + (folder_ / "run.flops.part").string() + "'")));
  EXPECT_EQ(capture_detail::unfinished_beside(folder_ / "run.flops"), folder_ / "run.flops.part");
  EXPECT_TRUE(capture_reader(folder_ / "run.flops.part").load().complete);
}

TEST_F(part_file, is_not_read_in_place_of_the_capture) {
  write_to("run.flops");
  put_bytes(folder_ / "run.flops.part", {1, 2, 3});
  EXPECT_TRUE(capture_reader(folder_ / "run.flops").load().complete);
}

TEST_F(part_file, is_nothing_where_there_is_none) {
  std::filesystem::create_directory(folder_ / "run.flops.part");
  EXPECT_EQ(capture_detail::unfinished_beside(folder_ / "run.flops"), std::filesystem::path());
  EXPECT_EQ(capture_detail::unfinished_beside({}), std::filesystem::path());
  EXPECT_THAT(refusal([&] { capture_reader r(folder_ / "run.flops"); }), HasSubstr("no such file"));
}

TEST_F(part_file, of_a_process_that_was_killed_as_it_made_it_is_in_nobodys_way) {
  auto const part = folder_ / "run.flops.part";
  sql(part, "PRAGMA journal_mode = WAL; PRAGMA journal_mode = DELETE;");
  ASSERT_GT(std::filesystem::file_size(part), 0U);
  EXPECT_THAT(refusal([&] { capture_reader r(part); }), HasSubstr("ended before its tables were there"));
  write_to("run.flops");
  EXPECT_FALSE(std::filesystem::exists(part));
  EXPECT_TRUE(capture_reader(folder_ / "run.flops").load().complete);
}

TEST_F(part_file, of_another_program_stays) {
  auto const part = folder_ / "run.flops.part";
  sql(part, "CREATE TABLE theirs(id INTEGER)");
  auto const before = bytes_of(part);
  EXPECT_THAT(refusal([&] { write_to("run.flops"); }), HasSubstr("is in the way, which is no capture"));
  EXPECT_EQ(bytes_of(part), before);
}

}  // namespace
}  // namespace flopwatch::test
