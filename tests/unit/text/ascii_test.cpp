// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "text/ascii.hpp"

#include <gtest/gtest.h>

#include "text/printable.hpp"

namespace flopwatch::text {
namespace {

TEST(to_ascii, draws_trees_and_rules_with_plain_signs) {
  EXPECT_EQ(to_ascii("├─ a\n│  └─ 0-23  24×"), "|- a\n|  `- 0-23  24x");
  EXPECT_EQ(to_ascii("── 1 · – … → ↓ ±"), "-- 1 - - ~ > v ?");
}

TEST(to_ascii, keeps_the_width_of_every_line) {
  for (auto const* const line : {"日本語 | x", "naïve", "plain", "\xff\xfe"}) {
    auto const plain = to_ascii(line);
    EXPECT_EQ(plain.find_first_not_of("? |xnaveplin"), std::string::npos) << plain;
    EXPECT_EQ(static_cast<int>(plain.size()), display_width(plain));
  }
  EXPECT_EQ(to_ascii("日本").size(), 4U);
}

TEST(to_ascii, keeps_ascii_with_its_colours) {
  EXPECT_EQ(to_ascii("\x1b[1ma\x1b[0m\t\n"), "\x1b[1ma\x1b[0m\t\n");
}

}  // namespace
}  // namespace flopwatch::text
