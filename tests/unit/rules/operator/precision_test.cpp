// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/precision.hpp"

#include <set>

#include <gtest/gtest.h>

namespace flopwatch::test {
namespace {

TEST(precision, names_come_back) {
  std::set<std::string_view> names;
  for (int i = 0; i < precision_count; ++i) {
    auto const p = static_cast<precision>(i);
    EXPECT_EQ(parse_precision(to_string(p)), p);
    names.insert(to_string(p));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(precision_count));
  EXPECT_EQ(to_string(precision::tf32), "tf32");
  EXPECT_EQ(to_string(precision::unknown), "unknown");
}

TEST(precision, unknown_names) {
  EXPECT_EQ(parse_precision("fp12"), std::nullopt);
  EXPECT_EQ(parse_precision(""), std::nullopt);
}

}  // namespace
}  // namespace flopwatch::test
