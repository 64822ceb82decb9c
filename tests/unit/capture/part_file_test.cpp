// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// A session writes `<path>.part` and moves it to `<path>` at its end; a program that is killed leaves the
// former.
#include <algorithm>
#include <sys/wait.h>
#include <unistd.h>

#include "capture/open.hpp"
#include "unit/capture/synthetic_records.hpp"

namespace flopwatch::test {
namespace {

using testing::AllOf;
using testing::AnyOf;
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

// As in a shared folder for temporary files, where nobody can remove what another user left.
TEST_F(part_file, of_another_user_is_said_to_be_in_the_way) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  auto const part = folder_ / "run.flops.part";
  sql(part, "PRAGMA journal_mode = WAL; PRAGMA journal_mode = DELETE;");
  std::filesystem::permissions(part, std::filesystem::perms{0666});
  std::filesystem::permissions(part.parent_path(), std::filesystem::perms{01777});
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  auto const child = fork();
  if (child == 0) {
    constexpr uid_t nobody = 65534;
    if (setuid(nobody) != 0) _exit(1);
    auto const said = refusal([&] { write_to("run.flops"); });
    _exit(::write(pipe_ends[1], said.data(), said.size()) == static_cast<ssize_t>(said.size()) ? 0 : 2);
  }
  close(pipe_ends[1]);
  std::string said(4096, '\0');
  said.resize(static_cast<std::size_t>(std::max<ssize_t>(0, read(pipe_ends[0], said.data(), said.size()))));
  close(pipe_ends[0]);
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_THAT(said, AllOf(HasSubstr("run.flops.part' "), AnyOf(HasSubstr("is in the way); move it away"),
                                                               HasSubstr("cannot be removed: "))));
  EXPECT_TRUE(std::filesystem::exists(part));
}

}  // namespace
}  // namespace flopwatch::test
