// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "metrics/reuse/disagreements.hpp"

#include <gtest/gtest.h>

namespace flopwatch::reuse {
namespace {

TEST(reuse_disagreements, stay_until_a_key_of_theirs_varies) {
  disagreements d;
  EXPECT_EQ(d.count(), 0);
  d.add({3, 1, 2});
  d.add({2, 5});
  d.add({4});
  EXPECT_EQ(d.count(), 3);
  d.explain(9);
  EXPECT_EQ(d.count(), 3);
  d.explain(1);
  EXPECT_EQ(d.count(), 2) << "one of the first step alone";
  d.explain(2);
  EXPECT_EQ(d.count(), 1);
  d.explain(4);
  EXPECT_EQ(d.count(), 0);
}

TEST(reuse_disagreements, that_are_too_many_to_keep_stay) {
  disagreements d;
  std::vector<key_number> keys(1000);
  for (std::size_t k = 0; k < keys.size(); ++k) keys[k] = k;
  std::int64_t const kept = disagreements::most_keys / 1000;
  for (std::int64_t i = 0; i < kept + 7; ++i) d.add(keys);
  EXPECT_EQ(d.count(), kept + 7);
  d.explain(0);
  EXPECT_EQ(d.count(), 7);
}

}  // namespace
}  // namespace flopwatch::reuse
