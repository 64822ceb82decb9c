// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Rows in a temporary file, also on a disk that is full for a while.
#include "collect/launch_spool.hpp"

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <sys/resource.h>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "collect/raw_keeper.hpp"
#include "flopwatch/error.hpp"

using flopwatch::collect::launch_row;
using flopwatch::collect::launch_spool;

namespace {

/// No file grows beyond `full` while `set` is true; writing more fails instead of ending the process.
class disk {
 public:
  disk() : before_signal_(std::signal(SIGXFSZ, SIG_IGN)) { getrlimit(RLIMIT_FSIZE, &before_); }
  ~disk() {
    is_full(false);
    std::signal(SIGXFSZ, before_signal_);
  }
  disk(disk const&) = delete;
  disk& operator=(disk const&) = delete;

  void is_full(bool full, rlim_t at = 0) {
    auto limit = before_;
    if (full) limit.rlim_cur = at;
    setrlimit(RLIMIT_FSIZE, &limit);
  }

 private:
  rlimit before_{};
  void (*before_signal_)(int);
};

void append(launch_spool& spool, std::int64_t number) {
  launch_row row;
  row.order = row.kernel = number;
  std::vector<double> values(spool.values_per_row());
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<double>(number) + static_cast<double>(i) / 64;
  }
  spool.append(row, values);
}

class launch_spool_on_a_full_disk : public testing::TestWithParam<std::size_t> {};

TEST_P(launch_spool_on_a_full_disk, keeps_its_rows_and_values_together) {
  constexpr std::int64_t rows = 3000;
  launch_spool spool(GetParam());
  disk where;
  std::vector<std::int64_t> kept;
  // It is full for some rows, several times, also in the middle of one.
  for (std::int64_t i = 0; i < rows; ++i) {
    where.is_full(i % 1000 >= 300 && i % 1000 < 800, static_cast<rlim_t>(40'001 * (i / 1000)));
    try {
      append(spool, i);
      kept.push_back(i);
    } catch (flopwatch::capture_error const&) {
    }
  }
  where.is_full(false);
  ASSERT_LT(kept.size(), static_cast<std::size_t>(rows)) << "the disk was never full";
  spool.publish();
  EXPECT_EQ(spool.size(), static_cast<std::int64_t>(kept.size()));

  auto const is_row = [](std::int64_t number, launch_row const& row, auto const& values) {
    bool good = row.order == number && row.kernel == number;
    for (std::size_t i = 0; i < values.size(); ++i) {
      good = good && values[i] == static_cast<double>(number) + static_cast<double>(i) / 64;
    }
    return good;
  };
  spool.rewind();
  launch_row row;
  std::vector<double> values;
  for (auto const number : kept) {
    ASSERT_TRUE(spool.read(row, values));
    ASSERT_TRUE(is_row(number, row, values)) << "row " << number << " read as " << row.order;
  }
  EXPECT_FALSE(spool.read(row, values));

  std::size_t seen = 0;
  spool.read_published(0, rows, [&](launch_row const& one, auto const& its_values) {
    return is_row(kept[seen], one, its_values) && ++seen > 0;
  });
  EXPECT_EQ(seen, kept.size());
}

// The buffer is full behind a row for some of them, and behind its values for others.
INSTANTIATE_TEST_SUITE_P(values, launch_spool_on_a_full_disk, testing::Values(0, 1, 3, 5, 9, 10, 16, 45));

TEST(raw_keeper_on_a_full_disk, keeps_its_chunks_and_their_numbers_together) {
  constexpr int chunks = 4000;
  flopwatch::collect::raw_keeper keeper(flopwatch::raw_choice::none);
  disk where;
  int refused = 0;
  for (int i = 0; i < chunks; ++i) {
    where.is_full(i >= 500 && i < 1500);
    try {
      flopwatch::raw_chunk_record chunk;
      chunk.plan = 1;
      keeper.add(chunk, std::vector<std::uint8_t>(64));
    } catch (flopwatch::capture_error const&) {
      ++refused;
    }
  }
  where.is_full(false);
  EXPECT_GT(refused, 0);
  auto writer = flopwatch::capture_writer::in_memory();
  writer.add_plan(1, {});
  EXPECT_EQ(keeper.write(writer), 0);
  writer.close();
  auto const data = flopwatch::read_back(std::move(writer)).load();
  EXPECT_EQ(data.raw_chunks.size(), static_cast<std::size_t>(chunks - refused));
}

}  // namespace
