// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <sys/resource.h>
#include <sys/stat.h>

#include "unit/capture/synthetic_records.hpp"

namespace flopwatch::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

void write_closed(std::filesystem::path const& path, synthetic_records const& s = {}) {
  capture_writer w(path);
  write(w, s);
  w.close();
}

TEST(file, says_what_it_is) {
  test_folder const folder;
  write_closed(folder / "a.flops");
  EXPECT_EQ(query(folder / "a.flops", "PRAGMA application_id"), std::vector<std::string>{"1179406160"});
  EXPECT_EQ(query(folder / "a.flops", "PRAGMA user_version"), std::vector<std::string>{"6"});
  EXPECT_EQ(query(folder / "a.flops", "PRAGMA page_size"), std::vector<std::string>{"8192"});
  EXPECT_EQ(query(folder / "a.flops", "PRAGMA journal_mode"), std::vector<std::string>{"delete"});
  EXPECT_EQ(query(folder / "a.flops", "PRAGMA integrity_check"), std::vector<std::string>{"ok"});
}

TEST(file, views_show_names) {
  test_folder const folder;
  write_closed(folder / "a.flops");
  EXPECT_EQ(query(folder / "a.flops",
                  "SELECT kernel, scope, operator, phase, grid, block FROM launches WHERE id = 3"),
            std::vector<std::string>{"gemm()||aten::mm|optimizer|1x2x3|4x5x6"});
  EXPECT_EQ(
      query(folder / "a.flops", "SELECT id, kernel, sm__ffma_sum, sm__rate_pct FROM launches_1 ORDER BY id"),
      (std::vector<std::string>{"1|soft()|71|0.5", "3|gemm()||0.25"}));
  EXPECT_EQ(query(folder / "a.flops",
                  "SELECT id, scope, scope_type, phase, launches, sm__ffma_sum FROM scope_ranges_2"),
            std::vector<std::string>{"1|b|U|backward|70|6"});
  EXPECT_EQ(query(folder / "a.flops", "SELECT scope, operator, calls, macs FROM operator_calls WHERE id = 1"),
            std::vector<std::string>{"attn.qkv|aten::mm|31|32"});
  EXPECT_EQ(
      query(folder / "a.flops", "SELECT scope, module_type, unit, amount FROM formula_calls WHERE id = 1"),
      std::vector<std::string>{"attn.qkv|Attention|operations|52"});
  EXPECT_EQ(query(folder / "a.flops", "SELECT path, type, parameters FROM modules WHERE id = 3"),
            std::vector<std::string>{"attn.qkv|Linear|12"});
  EXPECT_EQ(query(folder / "a.flops", "SELECT count(*) FROM operator"), std::vector<std::string>{"3"});
}

TEST(file, reading_leaves_nothing_beside_it) {
  test_folder const folder;
  write_closed(folder / "a.flops");
  auto const before = bytes_of(folder / "a.flops");
  {
    capture_reader const reader(folder / "a.flops");
    (void)reader.load();
    EXPECT_EQ(folder.files(), std::vector<std::string>{"a.flops"});
  }
  EXPECT_EQ(bytes_of(folder / "a.flops"), before);
}

TEST(file, paths_that_cannot_be_written_are_refused) {
  test_folder const folder;
  std::filesystem::create_directory(folder / "sub");
  EXPECT_THAT(refusal([&] { capture_writer w(folder / "none" / "a.flops"); }),
              AllOf(HasSubstr("a.flops"), HasSubstr("there is no folder")));
  EXPECT_THAT(refusal([&] { capture_writer w(folder / "sub"); }), HasSubstr("is a folder"));
  EXPECT_THAT(refusal([&] { capture_writer w{std::filesystem::path()}; }), HasSubstr("path is empty"));
  EXPECT_THAT(refusal([&] { capture_writer w("/dev/null"); }), HasSubstr("not a regular file"));
  EXPECT_THAT(refusal([&] { capture_writer w("/proc/a.flops"); }), HasSubstr("/proc/a.flops"));
  EXPECT_TRUE(std::filesystem::is_directory(folder / "sub"));
}

TEST(file, names_that_mean_something_to_sqlite_are_just_names) {
  test_folder const folder;
  auto const here = std::filesystem::current_path();
  std::filesystem::current_path(folder / "");
  for (auto const* name : {":memory:", "file:x?mode=memory", "a%41.flops", "\u00fc b.flops"}) {
    write_closed(name);
    EXPECT_TRUE(std::filesystem::exists(name)) << name;
    EXPECT_EQ(capture_reader(name).load().modules, synthetic_records().modules) << name;
  }
  std::filesystem::current_path(here);
  EXPECT_EQ(folder.files().size(), 4U);
}

TEST(file, close_is_the_end) {
  test_folder const folder;
  capture_writer w(folder / "a.flops");
  w.close();
  w.close();
  EXPECT_THAT(refusal([&] { w.add(kernel_record{1, "k", "k"}); }), HasSubstr("closed"));
  EXPECT_THAT(refusal([&] { w.set_info("a", "b"); }), HasSubstr("closed"));
  EXPECT_THAT(refusal([&] { w.add_plan(1, {}); }), HasSubstr("closed"));
  EXPECT_THAT(refusal([&] { w.add(launch_record{}); }), HasSubstr("closed"));
}

TEST(file, a_writer_that_was_not_closed_cannot_be_read) {
  auto w = capture_writer::in_memory();
  EXPECT_THAT(refusal([&] { (void)read_back(std::move(w)); }), HasSubstr("call close() first"));
  w.close();
  EXPECT_TRUE(read_back(std::move(w)).load().complete);
}

TEST(file, bad_records_are_refused_and_the_rest_goes_on) {
  auto w = capture_writer::in_memory();
  w.add(kernel_record{1, "k", "k"});
  EXPECT_THAT(refusal([&] { w.add(kernel_record{1, "other", "other"}); }), HasSubstr("kernel.id"));
  EXPECT_THAT(refusal([&] { w.add(kernel_record{0, "k", "k"}); }), HasSubstr("id > 0"));
  scope_record scope;
  scope.id = 1;
  scope.entries = -1;
  EXPECT_THAT(refusal([&] { w.add(scope); }), HasSubstr("entries >= 0"));
  scope.entries = 1;
  scope.phase = static_cast<phase>(77);
  EXPECT_THAT(refusal([&] { w.add(scope); }), HasSubstr("phase"));
  w.add(kernel_record{2, "l", "l"});
  w.close();
  auto const d = read_back(std::move(w)).load();
  EXPECT_EQ(d.kernels, (std::vector<kernel_record>{{1, "k", "k"}, {2, "l", "l"}}));
  EXPECT_TRUE(d.scopes.empty());
}

TEST(file, moved_from_objects_say_so) {
  auto a = capture_writer::in_memory();
  auto b = std::move(a);
  EXPECT_THAT(refusal([&] { a.add(kernel_record{1, "k", "k"}); }), HasSubstr("moved from"));  // NOLINT
  EXPECT_THAT(refusal([&] { a.close(); }), HasSubstr("moved from"));
  EXPECT_THAT(refusal([&] { (void)read_back(std::move(a)); }), HasSubstr("close()"));
  a = std::move(b);
  a.add(kernel_record{1, "k", "k"});
  a.close();
  auto r = read_back(std::move(a));
  auto s = std::move(r);
  EXPECT_THAT(refusal([&] { (void)r.load(); }), HasSubstr("moved from"));  // NOLINT
  EXPECT_THAT(refusal([&] { r.save("x"); }), HasSubstr("moved from"));
  EXPECT_THAT(refusal([&] { r.for_each_launch([](auto const&) { return true; }); }), HasSubstr("moved from"));
  r = std::move(s);
  EXPECT_EQ(r.load().kernels.size(), 1U);
}

TEST(file, a_writer_that_is_assigned_to_closes_what_it_had) {
  test_folder const folder;
  capture_writer w(folder / "a.flops");
  w.add(kernel_record{1, "k", "k"});
  w = capture_writer(folder / "b.flops");
  w.close();
  EXPECT_EQ(folder.files(), (std::vector<std::string>{"a.flops.part", "b.flops"}));
  auto const a = capture_reader(folder / "a.flops.part").load();
  EXPECT_EQ(a.kernels.size(), 1U);
  EXPECT_FALSE(a.complete);
}

TEST(save, replaces_a_file_and_leaves_nothing_beside_it) {
  test_folder const folder;
  auto w = capture_writer::in_memory();
  write(w, {});
  w.close();
  auto const reader = read_back(std::move(w));
  write_closed(folder / "a.flops");
  reader.save(folder / "a.flops");
  EXPECT_EQ(folder.files(), std::vector<std::string>{"a.flops"});
  capture_reader const saved(folder / "a.flops");
  EXPECT_TRUE(saved.load().complete);
  EXPECT_TRUE(same_tables(saved.load(), reader.load()));
  EXPECT_EQ(launches_of(saved), synthetic_records().launches);
  EXPECT_EQ(query(folder / "a.flops", "PRAGMA journal_mode"), std::vector<std::string>{"delete"});
}

TEST(save, onto_itself) {
  test_folder const folder;
  write_closed(folder / "a.flops");
  capture_reader const reader(folder / "a.flops");
  reader.save(folder / "a.flops");
  EXPECT_TRUE(same_tables(reader.load(), capture_reader(folder / "a.flops").load()));
}

TEST(save, a_failed_one_leaves_the_existing_file) {
  test_folder const folder;
  write_closed(folder / "good.flops");
  write_closed(folder / "bad.flops");
  capture_reader const reader(folder / "bad.flops");
  auto bytes = bytes_of(folder / "bad.flops");
  bytes.resize(bytes.size() / 2);
  put_bytes(folder / "bad.flops", bytes);  // under the feet of the reader
  EXPECT_THAT(refusal([&] { reader.save(folder / "good.flops"); }), HasSubstr("bad.flops"));
  EXPECT_EQ(folder.files(), (std::vector<std::string>{"bad.flops", "good.flops"}));
  EXPECT_TRUE(capture_reader(folder / "good.flops").load().complete);
}

TEST(save, paths_that_cannot_be_written_are_refused) {
  test_folder const folder;
  auto w = capture_writer::in_memory();
  w.close();
  auto const reader = read_back(std::move(w));
  EXPECT_THAT(refusal([&] { reader.save(folder / ""); }), HasSubstr("folder"));
  EXPECT_THAT(refusal([&] { reader.save(folder / "none" / "a.flops"); }), HasSubstr("there is no folder"));
  EXPECT_THAT(refusal([&] { reader.save("/proc/a.flops"); }), HasSubstr("/proc/a.flops"));
  EXPECT_TRUE(folder.files().empty());
}

/// Files of this process cannot grow beyond `bytes`: a full disk.
class full_disk {
 public:
  explicit full_disk(rlim_t bytes) {
    old_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old_);
    rlimit const small{bytes, old_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
  }
  full_disk(full_disk const&) = delete;
  full_disk& operator=(full_disk const&) = delete;
  ~full_disk() {
    setrlimit(RLIMIT_FSIZE, &old_);
    (void)std::signal(SIGXFSZ, old_handler_);
  }

 private:
  rlimit old_{};
  void (*old_handler_)(int) = nullptr;
};

TEST(full_disk, the_writer_says_so_and_never_marks_the_capture_complete) {
  test_folder const folder;
  std::string first;
  {
    capture_writer w(folder / "a.flops");
    w.add(kernel_record{1, "k", "k"});
    full_disk const full(400'000);
    std::int64_t id = 0;
    while (first.empty() && id < 200'000) {
      launch_record r;
      r.id = ++id;
      first = refusal([&] { w.add(r); });
    }
    EXPECT_THAT(first, HasSubstr("cannot be written"));
    EXPECT_THAT(refusal([&] { w.add(kernel_record{2, "k", "k"}); }), HasSubstr("failed before"));
    EXPECT_THAT(refusal([&] { w.close(); }), HasSubstr("failed before"));
  }
  EXPECT_FALSE(capture_reader(folder / "a.flops.part").load().complete);
}

TEST(full_disk, a_failed_save_leaves_the_existing_file) {
  test_folder const folder;
  write_closed(folder / "a.flops");
  auto w = capture_writer::in_memory();
  for (std::int64_t i = 1; i < 3000; ++i) w.add(kernel_record{i, std::string(300, 'k'), ""});
  w.close();
  auto const reader = read_back(std::move(w));
  {
    full_disk const full(400'000);
    EXPECT_THAT(refusal([&] { reader.save(folder / "a.flops"); }), HasSubstr("cannot be written"));
  }
  EXPECT_EQ(folder.files(), std::vector<std::string>{"a.flops"});
  EXPECT_EQ(capture_reader(folder / "a.flops").load().modules, synthetic_records().modules);
}

/// Files on a file system without shared memory, as network ones are.
class no_shared_memory : public testing::Test {
 protected:
  no_shared_memory() { sqlite3_vfs_register(sqlite3_vfs_find("unix-dotfile"), 1); }
  ~no_shared_memory() override { sqlite3_vfs_register(usual_, 1); }

  sqlite3_vfs* usual_ = sqlite3_vfs_find(nullptr);
  test_folder folder_;
};

TEST_F(no_shared_memory, the_writer_goes_on_without_wal) {
  capture_writer w(folder_ / "a.flops");
  write(w, {});
  for (std::int64_t i = 100; i < 50'000; ++i) w.add(kernel_record{i, "k", "k"});
  EXPECT_FALSE(std::filesystem::exists(folder_ / "a.flops.part-wal"));
  w.close();
  auto const d = capture_reader(folder_ / "a.flops").load();
  EXPECT_TRUE(d.complete);
  EXPECT_EQ(d.kernels.size(), 2U + 49'900U);
  EXPECT_EQ(folder_.files(), std::vector<std::string>{"a.flops"});
}

TEST_F(no_shared_memory, a_lock_is_named_and_trying_again_helps) {
  capture_writer w(folder_ / "a.flops");
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open((folder_ / "a.flops.part").c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr), SQLITE_OK);
  operator_call_record r;
  r.id = 1;
  r.name = "aten::mm";
  EXPECT_THAT(refusal([&] { w.add(r); }), HasSubstr("locked by another program"));
  EXPECT_THAT(refusal([&] { w.close(); }), HasSubstr("locked by another program"));
  sqlite3_close(other);
  w.add(r);
  w.close();
  auto const d = capture_reader(folder_ / "a.flops").load();
  EXPECT_TRUE(d.complete);
  EXPECT_EQ(d.operator_calls, std::vector{r});
}

}  // namespace
}  // namespace flopwatch::test
