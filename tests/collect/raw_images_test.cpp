// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Raw images on their way to the capture: written on a thread of their own.
#include <algorithm>
#include <csignal>
#include <cstdint>
#include <optional>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>

#include "collect/background_file.hpp"
#include "collect/raw_keeper.hpp"

using flopwatch::raw_choice;
using flopwatch::raw_chunk_record;
using flopwatch::collect::background_file;
using flopwatch::collect::raw_keeper;
using testing::HasSubstr;

namespace {

using bytes = std::vector<std::uint8_t>;

/// No file grows beyond that size, while it lives.
class file_size_limit {
 public:
  explicit file_size_limit(rlim_t limit) {
    getrlimit(RLIMIT_FSIZE, &before_);
    auto lower = before_;
    lower.rlim_cur = limit;
    setrlimit(RLIMIT_FSIZE, &lower);
  }
  ~file_size_limit() { setrlimit(RLIMIT_FSIZE, &before_); }
  file_size_limit(file_size_limit const&) = delete;
  file_size_limit& operator=(file_size_limit const&) = delete;

 private:
  rlimit before_{};
};

TEST(raw_images, come_back_in_order) {
  background_file file;
  constexpr std::size_t many = 40;
  for (std::size_t i = 0; i < many; ++i) file.write(bytes(100'000 + i, static_cast<std::uint8_t>(i)));
  auto& written = file.written();
  EXPECT_EQ(file.failure(), "");
  EXPECT_EQ(file.blocks(), many);
  written.read_from(0);
  for (std::size_t i = 0; i < many; ++i) {
    bytes block(100'000 + i);
    written.read(block.data(), block.size());
    ASSERT_TRUE(std::all_of(block.begin(), block.end(), [&](auto b) { return b == i; })) << i;
  }
}

TEST(raw_images, that_are_larger_than_the_waiting_room_pass) {
  background_file file;
  for (int i = 0; i < 3; ++i) file.write(bytes(background_file::most_waiting_bytes + 1, 7));
  static_cast<void>(file.written());
  EXPECT_EQ(file.blocks(), 3U);
}

TEST(raw_images, that_do_not_fit_the_disk_are_said) {
  background_file file;
  file_size_limit const full(300'000);
  for (int i = 0; i < 4; ++i) file.write(bytes(200'000, 7));
  static_cast<void>(file.written());
  EXPECT_EQ(file.blocks(), 1U);
  EXPECT_THAT(file.failure(), HasSubstr("File too large"));
}

TEST(raw_images, are_left_to_the_parent_in_a_forked_child) {
  background_file file;
  file.write(bytes(100, 1));
  std::optional<background_file> gone(std::in_place);
  gone->write(bytes(100, 1));
  auto const child = fork();
  if (child == 0) {
    alarm(20);
    gone.reset();
    _exit(0);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  static_cast<void>(file.written());
  EXPECT_EQ(file.blocks(), 1U);
}

raw_chunk_record chunk(std::int64_t first_order) {
  raw_chunk_record out;
  out.plan = 1;
  out.first_order = first_order;
  out.launches = out.ranges = 1;
  return out;
}

TEST(raw_images, that_cannot_be_kept_leave_their_chunks) {
  raw_keeper keeper(raw_choice::all);
  file_size_limit const full(300'000);
  for (int i = 0; i < 8; ++i) keeper.add(chunk(i), bytes(50'000, static_cast<std::uint8_t>(i)));
  auto writer = flopwatch::capture_writer::in_memory();
  writer.add_plan(1, {});
  EXPECT_EQ(keeper.write(writer), 2);
  EXPECT_THAT(keeper.failure(), HasSubstr("File too large"));
  writer.close();
  auto const data = flopwatch::read_back(std::move(writer)).load();
  ASSERT_EQ(data.raw_chunks.size(), 8U);
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(data.raw_chunks[i].kept, i < 6) << i;
}

}  // namespace
