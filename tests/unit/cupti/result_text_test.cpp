// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "cupti/result_text.hpp"

#include <set>

#include <gmock/gmock.h>

#include "cupti/api.hpp"

namespace flopwatch::cupti {
namespace {

using ::testing::HasSubstr;

TEST(result_text, has_every_code_once) {
  std::set<int> codes;
  for (auto const& line : result_lines()) {
    EXPECT_TRUE(codes.insert(line.code).second) << line.code;
    EXPECT_FALSE(line.cause.empty());
    EXPECT_FALSE(line.remedy.empty());
    EXPECT_NE(line.cause.back(), '.');
    EXPECT_NE(line.remedy.back(), '.');
    EXPECT_EQ(line.remedy.find("; "), std::string_view::npos)
        << "the last one comes before the remedy: " << line.code;
  }
  for (int code = 1; code <= 47; ++code) EXPECT_EQ(codes.count(code), 1U) << code;
  EXPECT_EQ(codes.count(999), 1U);
}

TEST(result_text, has_cuptis_own_names) {
  int compared = 0;
  for (auto const& line : result_lines()) {
    char const* name = nullptr;
    auto const code = static_cast<CUptiResult>(line.code);
    if (library().cuptiGetResultString(code, &name) != CUPTI_SUCCESS || name == nullptr) continue;
    EXPECT_EQ("CUPTI_ERROR_" + std::string(line.name), name) << line.code;
    ++compared;
  }
  EXPECT_GE(compared, 40);
}

TEST(result_text, says_what_to_do_in_one_sentence) {
  auto const words = sentence(CUPTI_ERROR_HARDWARE_BUSY, "cuptiRangeProfilerStart", "cuda:1");
  EXPECT_THAT(words, ::testing::StartsWith("cuptiRangeProfilerStart (cuda:1): "));
  EXPECT_THAT(words, HasSubstr("(HARDWARE_BUSY, code 26)"));
  EXPECT_THAT(words, HasSubstr("dcgmi profile --pause"));
  EXPECT_EQ(words.find('\n'), std::string::npos);
}

TEST(result_text, ends_with_the_right_exit_code) {
  auto const exit_of = [](int code) { return line_of(static_cast<CUptiResult>(code)).exit; };
  for (int const code : {35, 40}) EXPECT_EQ(exit_of(code), exit_code::not_permitted) << code;
  for (int const code : {2, 15, 26, 27, 33, 39, 41, 42, 43, 44, 45, 46, 999}) {
    EXPECT_EQ(exit_of(code), exit_code::no_device) << code;
  }
  for (int const code : {1, 7, 17}) EXPECT_EQ(exit_of(code), exit_code::usage) << code;
}

TEST(result_text, does_not_fail_at_a_code_of_tomorrow) {
  auto const words = sentence(static_cast<CUptiResult>(48), "cuptiProfilerInitialize");
  EXPECT_THAT(words, HasSubstr("code 48"));
}

TEST(check, throws_what_it_says) {
  check(CUPTI_SUCCESS, "cuptiGetVersion");
  try {
    check(CUPTI_ERROR_INSUFFICIENT_PRIVILEGES, "cuptiRangeProfilerStart");
    FAIL();
  } catch (cupti_error const& e) {
    EXPECT_EQ(e.code(), exit_code::not_permitted);
    EXPECT_THAT(e.what(), HasSubstr("NVreg_RestrictProfilingToAdminUsers"));
  }
}

}  // namespace
}  // namespace flopwatch::cupti
