// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Which copy of CUPTI is opened. A process opens one, so each case runs in a child of its own.

#include "cupti/locate/candidates.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <thread>

#include <gmock/gmock.h>

#include "cupti/driver.hpp"
#include "cupti/locate/elf_exports.hpp"
#include "flopwatch/error.hpp"

namespace flopwatch::cupti {
namespace {

using ::testing::ExitedWithCode;
using ::testing::HasSubstr;

/// Opens CUPTI as the environment says, prints what came of it, and ends with the exit code.
[[noreturn]] void open_with(char const* path) {
  setenv("FLOPWATCH_CUPTI", path, 1);
  try {
    auto const& copy = load_library();
    std::fprintf(stderr, "opened %s from %s; %s\n", version_text(copy.version).c_str(), copy.source.c_str(),
                 copy.passed_over.c_str());
    std::_Exit(0);
  } catch (cupti_error const& e) {
    std::fprintf(stderr, "%s\n", e.what());
    std::_Exit(static_cast<int>(e.code()));
  }
}

std::string folder_of(std::string const& file) { return file.substr(0, file.rfind('/')); }

TEST(opened, takes_the_file_or_folder_that_the_user_names) {
  EXPECT_EXIT(open_with(REAL_CUPTI), ExitedWithCode(0), "opened 1[23]\\..* from FLOPWATCH_CUPTI; \n");
  EXPECT_EXIT(open_with(folder_of(REAL_CUPTI).c_str()), ExitedWithCode(0), "from FLOPWATCH_CUPTI");
}

TEST(opened, finds_one_by_itself) {
  EXPECT_EXIT(open_with(""), ExitedWithCode(0), "opened 1[23]\\..* from ");
}

TEST(opened, calls_nothing_of_one_that_is_too_new_without_a_driver) {
  if (detail::cuda_driver().usable) GTEST_SKIP() << "there is a driver";
  EXPECT_EXIT(open_with(TOO_NEW), ExitedWithCode(0), "opened 1[23]\\..*; FLOPWATCH_CUPTI names .*too new");
}

/// The first call decides, whichever thread makes it.
[[noreturn]] void open_from_threads() {
  std::array<loaded_library const*, 8> seen{};
  std::vector<std::thread> threads;
  threads.reserve(seen.size());
  for (auto& one : seen) threads.emplace_back([&one] { one = &load_library(); });
  for (auto& thread : threads) thread.join();
  bool const same = std::all_of(seen.begin(), seen.end(), [&](auto const* one) { return one == seen[0]; });
  std::_Exit(same && already_loaded() == seen[0] ? 0 : 1);
}

TEST(opened, is_one_for_all_threads) { EXPECT_EXIT(open_from_threads(), ExitedWithCode(0), ""); }

TEST(opened, refuses_a_path_without_cupti) {
  EXPECT_EXIT(open_with("/nowhere/libcupti.so.13"), ExitedWithCode(2),
              "/nowhere/libcupti.so.13, but there is no");
  EXPECT_EXIT(open_with(__FILE__), ExitedWithCode(2), "it is no CUPTI");
  EXPECT_EXIT(open_with("/dev/null"), ExitedWithCode(2), "it is no CUPTI");
}

TEST(opened, refuses_one_that_is_too_old) {
  EXPECT_EXIT(open_with(TOO_OLD), ExitedWithCode(3), "too old.*12\\.6\\.80.*pip install nvidia-cuda-cupti");
}

TEST(opened, repeats_the_linkers_words) {
  EXPECT_EXIT(open_with(BROKEN), ExitedWithCode(3), "flopwatch_no_such_variable");
}

TEST(judgement, needs_no_call) {
  // These end the process when they are called.
  auto const old = judge_file(TOO_OLD, true);
  EXPECT_EQ(old.release, "older than 12.6.80");
  EXPECT_THAT(old.reason, HasSubstr("too old"));
  EXPECT_FALSE(old.too_new);
  auto const recent = judge_file(TOO_NEW, false);
  EXPECT_EQ(recent.release, "13.2");
  EXPECT_TRUE(recent.too_new);
  EXPECT_EQ(judge_file(TOO_NEW, true).reason, "");
  EXPECT_EQ(judge_file(REAL_CUPTI, true).reason, "");
}

TEST(judgement, passes_over_a_copy_that_is_too_new_without_a_driver) {
  setenv("FLOPWATCH_CUPTI", TOO_NEW, 1);
  auto const copies = find_candidates(false);
  ASSERT_GE(copies.size(), 2U);
  EXPECT_EQ(copies[0].source, "FLOPWATCH_CUPTI");
  EXPECT_THAT(copies[0].reason, HasSubstr("too new"));
  EXPECT_EQ(std::count_if(copies.begin(), copies.end(), [](auto const& c) { return c.reason.empty(); }), 1);
  auto const with_driver = find_candidates(true);
  EXPECT_EQ(with_driver[0].reason, "");
  EXPECT_EQ(
      std::count_if(with_driver.begin(), with_driver.end(), [](auto const& c) { return c.reason.empty(); }),
      1);
}

TEST(copies, are_each_listed_once) {
  unsetenv("FLOPWATCH_CUPTI");
  std::vector<std::string> paths;
  for (auto const& copy : find_candidates(false)) paths.push_back(copy.path);
  auto const all = paths.size();
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  EXPECT_EQ(paths.size(), all);
  EXPECT_GE(all, 1U);
}

TEST(elf_exports, refuses_what_is_cut_short) {
  std::ifstream whole(TOO_NEW, std::ios::binary);
  std::string const bytes((std::istreambuf_iterator<char>(whole)), {});
  auto const path = ::testing::TempDir() + "cut.so";
  for (std::size_t n = 0; n < bytes.size(); n += 61) {
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(n));
    auto const read = elf_exports::read(path);
    EXPECT_TRUE(!read || !read->has("cuptiGetVersion") || n > bytes.size() / 2);
  }
  std::remove(path.c_str());
  EXPECT_TRUE(elf_exports::read(TOO_NEW)->has("cuptiSubscribe_v2"));
  EXPECT_FALSE(elf_exports::read(TOO_NEW)->has("abort"));
}

TEST(elf_exports, survives_damage) {
  std::ifstream whole(TOO_NEW, std::ios::binary);
  std::string const bytes((std::istreambuf_iterator<char>(whole)), {});
  auto const path = ::testing::TempDir() + "damaged.so";
  std::mt19937 random(1);
  int refused = 0;
  for (int i = 0; i < 400; ++i) {
    auto damaged = bytes;
    // The headers of the file, and those of its sections at its end.
    for (int j = 0; j < 24; ++j) {
      auto const at = random() % 2048;
      damaged[j % 8 == 0 ? 32 + at % 32 : damaged.size() - 1 - at] = static_cast<char>(random());
    }
    std::ofstream(path, std::ios::binary).write(damaged.data(), static_cast<std::streamsize>(damaged.size()));
    refused += elf_exports::read(path) ? 0 : 1;
  }
  std::remove(path.c_str());
  EXPECT_GT(refused, 200);
}

TEST(version_text, names_the_release) {
  EXPECT_EQ(version_text(130000), "13.0 (130000)");
  EXPECT_EQ(version_text(130401), "13.4 (130401)");
  EXPECT_EQ(version_text(24), "12.6 (24)");
  EXPECT_EQ(version_text(26), "12.8 (26)");
  EXPECT_EQ(version_text(0), "unknown");
}

}  // namespace
}  // namespace flopwatch::cupti
