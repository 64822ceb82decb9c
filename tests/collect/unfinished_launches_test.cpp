// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Launches in the file of a recording that goes on.
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collect/program.hpp"
#include "collect/thread_rows.hpp"
#include "flopwatch/capture.hpp"
#include "flopwatch/scope.hpp"

using namespace flopwatch::test;
namespace fs = std::filesystem;

namespace {

using flopwatch::collect::launch_row;
using flopwatch::collect::thread_rows;

TEST(rows_so_far, are_those_of_the_thread_while_it_adds_more) {
  constexpr std::int64_t count = 200'000;  // through the file, a few hundred times
  thread_rows rows(nullptr);
  std::thread writer([&] {
    launch_row row;
    for (std::int64_t i = 0; i < count; ++i) {
      row.order = row.kernel = row.stream = row.thread = i;
      row.grid = {static_cast<std::uint32_t>(i), 2, 3};
      rows.add(row);
    }
  });
  thread_rows::position at;
  launch_row row;
  std::int64_t torn = 0;
  for (std::int64_t next = 0; next < count;) {
    if (!rows.read_so_far(at, row)) continue;
    bool const same = row.order == next && row.kernel == next && row.stream == next && row.thread == next &&
                      row.grid[0] == static_cast<std::uint32_t>(next);
    if (!same) ++torn;
    ++next;
  }
  writer.join();
  EXPECT_EQ(torn, 0);
  EXPECT_FALSE(rows.read_so_far(at, row));
}

struct unfinished_launches : collect {
  unfinished_launches() {
    auto pattern = (fs::temp_directory_path() / "flopwatch-unfinished-XXXXXX").string();
    folder = mkdtemp(pattern.data());
    part = folder / "run.flops.part";
  }
  ~unfinished_launches() override { fs::remove_all(folder); }

  [[nodiscard]] flopwatch::session_options options() const {
    flopwatch::session_options out{.device = "cuda:0", .max_ranges = 8};
    out.metrics = ffma_sum;
    out.capture = folder / "run.flops";
    return out;
  }

  struct seen {
    std::size_t launches = 0, with_values = 0;
    double sum = 0;
    std::map<std::string, int> by_scope;
    bool complete = true;
    std::string measured;
  };
  [[nodiscard]] seen look(fs::path const& file) const {
    seen out;
    flopwatch::capture_reader const reader(file);
    std::map<std::int64_t, int> by_id;
    reader.for_each_launch([&](flopwatch::launch_record const& l) {
      ++out.launches;
      ++by_id[l.scope];
      if (l.counters.empty() || !l.counters[0]) return true;
      ++out.with_values;
      out.sum += *l.counters[0];
      return true;
    });
    // Each call reads the file as it is then. A scope is there before its launches, so scopes are read after
    // them.
    auto const data = reader.load();
    out.complete = data.complete;
    if (data.info.contains(flopwatch::info_key::measured)) {
      out.measured = data.info.at(flopwatch::info_key::measured);
    }
    for (auto const& s : data.scopes) {
      if (auto const found = by_id.find(s.id); found != by_id.end()) out.by_scope[s.path] += found->second;
    }
    return out;
  }
  /// The part file when it has that many launches and values, or after a long time.
  [[nodiscard]] seen wait_for(std::size_t launches, std::size_t with_values) const {
    auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    for (;;) {
      auto now = look(part);
      bool const there = now.launches >= launches && now.with_values >= with_values;
      if (there || std::chrono::steady_clock::now() > end) return now;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

  fs::path folder, part;
};

TEST_F(unfinished_launches, have_the_values_that_were_read_and_the_end_has_all) {
  standin_kernel_value("k", ffma_sum, 3, 0);
  program gpu;
  flopwatch::session session{options()};
  session.start();
  {
    flopwatch::scope const here("first");
    for (int i = 0; i < 20; ++i) gpu.launch("k");
  }
  auto const first = wait_for(20, 16);  // 8 ranges are read at a time
  EXPECT_EQ(first.launches, 20U);
  EXPECT_EQ(first.with_values, 16U);
  EXPECT_EQ(first.sum, 48);
  EXPECT_FALSE(first.complete);
  EXPECT_EQ(first.measured, "collected");
  EXPECT_EQ(first.by_scope, (std::map<std::string, int>{{"first", 20}}));
  {
    flopwatch::scope const here("second");
    for (int i = 0; i < 7; ++i) gpu.launch("k");
  }
  auto const second = wait_for(27, 24);
  EXPECT_EQ(second.launches, 27U);
  EXPECT_EQ(second.with_values, 24U);
  EXPECT_EQ(second.by_scope, (std::map<std::string, int>{{"first", 20}, {"second", 7}}));
  auto const result = session.stop();
  auto const whole = look(folder / "run.flops");
  EXPECT_TRUE(whole.complete);
  EXPECT_EQ(whole.launches, 27U);
  EXPECT_EQ(whole.with_values, 27U);
  EXPECT_EQ(whole.sum, 81);
  EXPECT_FALSE(fs::exists(part));
  EXPECT_EQ(result.outcome(), flopwatch::exit_code::good);
}

TEST_F(unfinished_launches, of_threads_without_counters_are_listed) {
  standin_set_permission(0);
  program gpu;
  flopwatch::session session{options()};
  session.start();
  std::thread other([&] {
    gpu.use();
    for (int i = 0; i < 600; ++i) gpu.launch("k");  // some go to the thread's file
  });
  for (int i = 0; i < 5; ++i) gpu.launch("k");
  other.join();
  auto const listed = wait_for(605, 0);
  EXPECT_EQ(listed.launches, 605U);
  EXPECT_EQ(listed.with_values, 0U);
  EXPECT_EQ(listed.measured, "not collected");
  static_cast<void>(session.stop());
  EXPECT_EQ(look(folder / "run.flops").launches, 605U);
}

TEST_F(unfinished_launches, are_never_exact) {
  program gpu;
  flopwatch::session session{options()};
  session.start();
  for (int i = 0; i < 16; ++i) gpu.launch("k");
  static_cast<void>(wait_for(16, 8));
  auto const left = folder / "left.flops";
  fs::copy_file(part, left);
  if (auto const wal = part.string() + "-wal"; fs::exists(wal)) fs::copy_file(wal, left.string() + "-wal");
  auto const result = flopwatch::result::open(left);
  EXPECT_FALSE(result.exact());
  EXPECT_EQ(result.outcome(), flopwatch::exit_code::data_loss);
  static_cast<void>(session.stop());
}

}  // namespace
