// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <cstdlib>
#include <sys/wait.h>
#include <unistd.h>

#include "flopwatch/diagnostics.hpp"
#include "unit/capture/synthetic_records.hpp"

namespace flopwatch::test {
namespace {

constexpr std::int64_t batch = 20'000;

launch_record launch(std::int64_t id) {
  launch_record r;
  r.id = r.order = id;
  r.plan = 1;
  r.kernel = 1;
  r.counters = {static_cast<double>(id)};
  return r;
}

/// A child writes `launches` launches and is killed. Its committed rows are the plan and whole batches.
void write_and_be_killed(std::filesystem::path const& path, std::int64_t launches) {
  auto const child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    capture_writer w(path);
    w.add_plan(1, {{1, 1, "m", "inst", 0}});
    for (std::int64_t i = 1; i <= launches; ++i) w.add(launch(i));
    std::raise(SIGKILL);
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

void expect_launches(capture_reader const& reader, std::int64_t count) {
  auto const d = reader.load();
  EXPECT_FALSE(d.complete);
  EXPECT_EQ(d.losses, std::vector{make_loss(loss::capture_incomplete, 1)});
  ASSERT_EQ(d.launch_groups.size(), 1U);
  EXPECT_EQ(d.launch_groups[0].launches, count);
  EXPECT_EQ(d.launch_groups[0].sums.at("m"), count * (count + 1) / 2);
  auto const all = launches_of(reader);
  ASSERT_EQ(static_cast<std::int64_t>(all.size()), count);
  EXPECT_EQ(all.front(), launch(1));
  EXPECT_EQ(all.back(), launch(count));
}

// The plan is one record of the first batch.
constexpr std::int64_t committed = 2 * batch - 1;

TEST(crash, what_was_committed_is_read) {
  test_folder const folder;
  write_and_be_killed(folder / "a.flops", 50'000);
  ASSERT_TRUE(std::filesystem::exists(folder / "a.flops.part-wal"));
  auto const before = bytes_of(folder / "a.flops.part");
  auto const wal = bytes_of(folder / "a.flops.part-wal");
  expect_launches(capture_reader(folder / "a.flops.part"), committed);
  expect_launches(capture_reader(folder / "a.flops.part"), committed);
  EXPECT_EQ(bytes_of(folder / "a.flops.part"), before);
  EXPECT_EQ(bytes_of(folder / "a.flops.part-wal"), wal);
}

TEST(crash, before_the_first_batch) {
  test_folder const folder;
  write_and_be_killed(folder / "a.flops", 10);
  auto const d = capture_reader(folder / "a.flops.part").load();
  EXPECT_FALSE(d.complete);
  EXPECT_TRUE(same_tables(d, {}));
}

TEST(crash, a_copy_without_the_wal_is_incomplete_too) {
  test_folder const folder;
  write_and_be_killed(folder / "a.flops", 50'000);
  std::filesystem::copy_file(folder / "a.flops.part", folder / "b.flops");
  auto const d = capture_reader(folder / "b.flops").load();
  EXPECT_FALSE(d.complete);
  EXPECT_EQ(d.losses, std::vector{make_loss(loss::capture_incomplete, 1)});
  EXPECT_FALSE(std::filesystem::exists(folder / "b.flops-wal"));
  EXPECT_FALSE(capture_reader::from_bytes(bytes_of(folder / "b.flops")).load().complete);
}

TEST(crash, where_no_shared_memory_file_can_be_made_the_leftovers_are_read_from_a_copy) {
  test_folder const folder;
  write_and_be_killed(folder / "a.flops", 50'000);
  // A link to nowhere in its place: as good as a folder that is read-only, for root as well.
  std::filesystem::remove(folder / "a.flops.part-shm");
  std::filesystem::create_symlink(folder / "none" / "shm", folder / "a.flops.part-shm");
  std::filesystem::create_directory(folder / "tmp");
  setenv("TMPDIR", (folder / "tmp").c_str(), 1);
  {
    capture_reader const reader(folder / "a.flops.part");
    EXPECT_FALSE(std::filesystem::is_empty(folder / "tmp"));
    expect_launches(reader, committed);
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder / "tmp"));
  unsetenv("TMPDIR");
}

TEST(crash, saving_makes_one_file_that_is_still_incomplete) {
  test_folder const folder;
  write_and_be_killed(folder / "a.flops", 50'000);
  std::filesystem::create_directory(folder / "out");
  capture_reader(folder / "a.flops.part").save(folder / "out" / "b.flops");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder / "out"), {}), 1);
  expect_launches(capture_reader(folder / "out" / "b.flops"), committed);
  expect_launches(capture_reader::from_bytes(bytes_of(folder / "out" / "b.flops")), committed);
}

TEST(crash, a_new_writer_puts_the_leftovers_aside) {
  test_folder const folder;
  for (auto const* kept : {"a.flops.unfinished", "a.flops.unfinished-2"}) {
    write_and_be_killed(folder / "a.flops", 50'000);
    capture_writer w(folder / "a.flops");
    w.close();
    expect_launches(capture_reader(folder / kept), committed);
    auto const d = capture_reader(folder / "a.flops").load();
    EXPECT_TRUE(d.complete);
    EXPECT_TRUE(same_tables(d, {}));
  }
  EXPECT_EQ(folder.files(),
            (std::vector<std::string>{"a.flops", "a.flops.unfinished", "a.flops.unfinished-2"}));
}

TEST(crash, leftovers_without_rows_go) {
  test_folder const folder;
  write_and_be_killed(folder / "a.flops", 10);
  capture_writer(folder / "a.flops").close();
  EXPECT_EQ(folder.files(), std::vector<std::string>{"a.flops"});
}

TEST(unclosed, the_destructor_keeps_the_last_batch_but_sets_no_mark) {
  test_folder const folder;
  {
    capture_writer w(folder / "a.flops");
    w.add_plan(1, {{1, 1, "m", "inst", 0}});
    for (std::int64_t i = 1; i <= 10; ++i) w.add(launch(i));
  }
  EXPECT_EQ(folder.files(), std::vector<std::string>{"a.flops.part"});
  expect_launches(capture_reader(folder / "a.flops.part"), 10);
  EXPECT_EQ(folder.files(), std::vector<std::string>{"a.flops.part"});
  expect_launches(capture_reader::from_bytes(bytes_of(folder / "a.flops.part")), 10);
}

// Without WAL a reader holds off the commit of a batch; the rows wait for the next one.
TEST(unclosed, a_reader_in_the_way_of_a_commit_costs_no_rows) {
  test_folder const folder;
  capture_writer w(folder / "a.flops");
  sql(folder / "a.flops.part", "PRAGMA journal_mode = DELETE");
  w.add_plan(1, {{1, 1, "m", "inst", 0}});
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open((folder / "a.flops.part").c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN; SELECT count(*) FROM scope", nullptr, nullptr, nullptr), SQLITE_OK);
  for (std::int64_t i = 1; i <= batch + 10; ++i) w.add(launch(i));
  sqlite3_close(other);
  w.close();
  auto const d = capture_reader(folder / "a.flops").load();
  EXPECT_TRUE(d.complete);
  EXPECT_EQ(d.launch_groups.at(0).launches, batch + 10);
}

TEST(unclosed, a_capture_can_be_read_while_it_is_written) {
  test_folder const folder;
  capture_writer w(folder / "a.flops");
  w.add_plan(1, {{1, 1, "m", "inst", 0}});
  for (std::int64_t i = 1; i < batch; ++i) w.add(launch(i));
  capture_reader const reader(folder / "a.flops.part");
  expect_launches(reader, batch - 1);
  for (std::int64_t i = batch; i < 2 * batch; ++i) w.add(launch(i));
  expect_launches(reader, 2 * batch - 1);
  w.close();  // with a reader on it: a copy takes its place
  EXPECT_TRUE(reader.load().complete);
  EXPECT_TRUE(capture_reader(folder / "a.flops").load().complete);
  EXPECT_EQ(folder.files(), std::vector<std::string>{"a.flops"});
}

}  // namespace
}  // namespace flopwatch::test
