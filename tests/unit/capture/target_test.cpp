// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// What a new capture does to the files that are there: nothing, until it is whole.
#include <fstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/capture/synthetic_records.hpp"

namespace flopwatch::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using names = std::vector<std::string>;

void write_closed(fs::path const& path, synthetic_records const& s = {}) {
  capture_writer w(path);
  write(w, s);
  w.close();
}

std::string refused(fs::path const& path, bool overwrite = true) {
  return refusal([&] { capture_writer const w(path, overwrite); });
}

TEST(target, a_capture_stays_until_the_next_one_is_whole) {
  test_folder const folder;
  write_closed(folder / "a.flops");
  auto const before = bytes_of(folder / "a.flops");
  {
    capture_writer w(folder / "a.flops");
    w.add(kernel_record{1, "k", "k"});
    EXPECT_EQ(w.path(), folder / "a.flops.part");
    EXPECT_EQ(bytes_of(folder / "a.flops"), before);
    w.discard();
    EXPECT_EQ(folder.files(), names{"a.flops"});
    EXPECT_EQ(bytes_of(folder / "a.flops"), before);
  }
  capture_writer w(folder / "a.flops");
  w.close();
  EXPECT_EQ(w.path(), folder / "a.flops");
  EXPECT_EQ(folder.files(), names{"a.flops"});
  EXPECT_TRUE(same_tables(capture_reader(folder / "a.flops").load(), {}));
}

TEST(target, what_is_no_capture_is_refused) {
  test_folder const folder;
  std::vector<unsigned char> const source{'i', 'm', 'p', 'o', 'r', 't'};
  put_bytes(folder / "train.py", source);
  EXPECT_THAT(refused(folder / "train.py"), AllOf(HasSubstr("train.py"), HasSubstr("is no capture")));
  auto w = capture_writer::in_memory();
  w.close();
  EXPECT_THAT(refusal([&] { read_back(std::move(w)).save(folder / "train.py"); }), HasSubstr("no capture"));
  sql(folder / "own.db", "CREATE TABLE t(x)");
  EXPECT_THAT(refused(folder / "own.db"), HasSubstr("is no capture"));
  EXPECT_EQ(folder.files(), (names{"own.db", "train.py"}));
  EXPECT_EQ(bytes_of(folder / "train.py"), source);
}

TEST(target, an_empty_file_and_a_damaged_capture_are_replaced) {
  test_folder const folder;
  put_bytes(folder / "empty.flops", {});
  write_closed(folder / "empty.flops");
  EXPECT_TRUE(capture_reader(folder / "empty.flops").load().complete);
  auto bytes = bytes_of(folder / "empty.flops");
  bytes.resize(5000);
  put_bytes(folder / "empty.flops", bytes);
  write_closed(folder / "empty.flops");
  EXPECT_TRUE(capture_reader(folder / "empty.flops").load().complete);
}

TEST(target, nothing_is_replaced_where_that_was_asked_for) {
  test_folder const folder;
  write_closed(folder / "a.flops");
  EXPECT_THAT(refused(folder / "a.flops", false), HasSubstr("not to be replaced"));
  capture_reader const reader(folder / "a.flops");
  EXPECT_THAT(refusal([&] { reader.save(folder / "a.flops", false); }), HasSubstr("not to be replaced"));
  reader.save(folder / "b.flops", false);
  capture_writer late(folder / "c.flops", false);
  reader.save(folder / "d.flops");
  fs::rename(folder / "d.flops", folder / "c.flops");
  EXPECT_THAT(refusal([&] { late.close(); }), AllOf(HasSubstr("meanwhile"), HasSubstr("c.flops.part")));
  EXPECT_TRUE(capture_reader(folder / "c.flops.part").load().complete);
}

TEST(target, a_zero_byte_in_its_name_is_refused) {
  test_folder const folder;
  write_closed(folder / "victim");
  auto const path = (folder / "victim").string() + std::string("\0.flops", 7);
  EXPECT_THAT(refused(path), HasSubstr("zero byte"));
  EXPECT_THAT(refusal([&] { capture_reader(folder / "victim").save(path); }), HasSubstr("zero byte"));
  EXPECT_EQ(folder.files(), names{"victim"});
}

TEST(target, what_is_no_file_is_refused_also_beside_it) {
  test_folder const folder;
  mkfifo((folder / "fifo").c_str(), 0600);
  EXPECT_THAT(refused(folder / "fifo"), HasSubstr("not a regular file"));
  for (auto const* name : {"a.flops-journal", "b.flops-wal", "c.flops.part-journal", "d.flops.part"}) {
    mkfifo((folder / name).c_str(), 0600);
  }
  for (auto const* name : {"a.flops", "b.flops", "c.flops", "d.flops"}) {
    EXPECT_THAT(refused(folder / name), HasSubstr("in the way")) << name;
  }
  put_bytes(folder / "e.flops-journal", {'a', ' ', 'd', 'i', 'a', 'r', 'y', '.'});
  EXPECT_THAT(refused(folder / "e.flops"), HasSubstr("in the way"));
  put_bytes(folder / "f.flops.part", {'n', 'o', 't', 'e', 's'});
  EXPECT_THAT(refused(folder / "f.flops"), HasSubstr("in the way"));
  EXPECT_TRUE(fs::exists(folder / "e.flops-journal") && fs::exists(folder / "f.flops.part"));
}

TEST(target, a_link_is_followed) {
  test_folder const folder;
  fs::create_directory(folder / "runs");
  fs::create_symlink("runs/1.flops", folder / "latest.flops");
  write_closed(folder / "latest.flops");
  EXPECT_TRUE(fs::is_symlink(folder / "latest.flops"));
  EXPECT_TRUE(fs::is_regular_file(folder / "runs" / "1.flops"));
  write_closed(folder / "latest.flops");
  EXPECT_TRUE(capture_reader(folder / "latest.flops").load().complete);
  fs::create_symlink("round", folder / "round");
  EXPECT_THAT(refused(folder / "round"), HasSubstr("circle"));
  fs::create_symlink("elsewhere", folder / "x.flops.part");
  EXPECT_THAT(refused(folder / "x.flops"), HasSubstr("is a link"));
}

TEST(target, another_users_link_in_a_shared_folder_is_refused) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can make another user's link";
  test_folder const folder;
  fs::create_directory(folder / "tmp");
  ASSERT_EQ(chmod((folder / "tmp").c_str(), 01777), 0);
  write_closed(folder / "victim.flops");
  auto const before = bytes_of(folder / "victim.flops");
  fs::create_symlink(folder / "victim.flops", folder / "tmp" / "run.flops");
  ASSERT_EQ(lchown((folder / "tmp" / "run.flops").c_str(), 12345, 12345), 0);
  EXPECT_THAT(refused(folder / "tmp" / "run.flops"), HasSubstr("another user's link"));
  EXPECT_EQ(bytes_of(folder / "victim.flops"), before);
}

TEST(target, the_mode_of_the_file_stays) {
  test_folder const folder;
  write_closed(folder / "a.flops");
  ASSERT_EQ(chmod((folder / "a.flops").c_str(), 0600), 0);
  write_closed(folder / "a.flops");
  struct stat s {};
  ASSERT_EQ(stat((folder / "a.flops").c_str(), &s), 0);
  EXPECT_EQ(s.st_mode & 0777, 0600);
}

TEST(target, the_folder_may_change_meanwhile) {
  test_folder const folder;
  auto const here = fs::current_path();
  fs::current_path(folder / "");
  capture_writer w("a.flops");
  fs::current_path(here);
  w.close();
  EXPECT_EQ(folder.files(), names{"a.flops"});
}

TEST(two_writers, the_second_is_refused_and_the_first_goes_on) {
  test_folder const folder;
  capture_writer first(folder / "a.flops");
  EXPECT_THAT(refused(folder / "a.flops"), HasSubstr("another process, or another session"));
  auto const child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) _exit(refused(folder / "a.flops").find("another process") == std::string::npos ? 1 : 0);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  first.close();
  EXPECT_TRUE(capture_reader(folder / "a.flops").load().complete);
}

TEST(two_writers, a_child_does_not_write_its_parents_file) {
  test_folder const folder;
  capture_writer w(folder / "a.flops");
  write(w, {});
  auto const child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    bool const said = refusal([&] { w.add(kernel_record{77, "k", "k"}); }).find("child") != std::string::npos;
    { auto const gone = std::move(w); }
    _exit(said ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  w.close();
  auto const d = capture_reader(folder / "a.flops").load();
  EXPECT_TRUE(d.complete);
  EXPECT_EQ(d.modules, synthetic_records().modules);
}

// A child that outlives its parent must not keep the path.
TEST(two_writers, the_lock_ends_with_its_owner) {
  test_folder const folder;
  int hold[2];
  ASSERT_EQ(pipe(hold), 0);
  auto const owner = fork();
  ASSERT_GE(owner, 0);
  if (owner == 0) {
    capture_writer const w(folder / "a.flops");
    if (fork() == 0) {
      char byte = 0;
      close(hold[1]);
      static_cast<void>(read(hold[0], &byte, 1));
      _exit(0);
    }
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(owner, &status, 0), owner);
  // A child that has just been forked may not have run yet.
  std::string why = refused(folder / "a.flops");
  for (int i = 0; i < 2000 && !why.empty(); ++i) {
    usleep(10'000);
    why = refused(folder / "a.flops");
  }
  EXPECT_EQ(why, "");
  close(hold[0]);
  close(hold[1]);
}

TEST(beside, an_interrupted_recording_replaces_no_capture) {
  test_folder const folder;
  capture_writer first(folder / "a.flops");
  first.close_beside();
  EXPECT_EQ(first.path(), folder / "a.flops");
  auto const before = bytes_of(folder / "a.flops");
  capture_writer second(folder / "a.flops");
  write(second, {});
  second.close_beside();
  EXPECT_EQ(second.path(), folder / "a.flops.unfinished");
  EXPECT_EQ(bytes_of(folder / "a.flops"), before);
  EXPECT_TRUE(capture_reader(second.path()).load().complete);
}

}  // namespace
}  // namespace flopwatch::test
