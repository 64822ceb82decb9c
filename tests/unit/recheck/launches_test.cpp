// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recheck/launches.hpp"

#include <limits>

#include <gtest/gtest.h>

#include "capture/writer.hpp"

namespace flopwatch::test {
using namespace recheck;
namespace {

raw_chunk_record chunk(std::int64_t context, std::int64_t first, std::int64_t launches) {
  raw_chunk_record r;
  r.context = context, r.first_order = first, r.launches = launches;
  return r;
}

TEST(recheck_launches, finds_the_wanted_ones_and_no_others) {
  auto w = capture_writer::in_memory();
  w.add_plan(1, {{1, 1, "a", "", 0}});
  w.add_plan(2, {{2, 2, "a", "", 0}});
  for (std::int64_t id = 1; id <= 300; ++id) {
    launch_record r;
    r.id = id;
    r.context = id % 3;
    r.order = id / 3;
    r.plan = r.order % 7 == 0 ? 0 : 1 + r.order % 2;
    if (r.plan != 0) r.counters = {static_cast<double>(id)};
    w.add(r);
  }
  w.close();
  recheck_launches launches;
  launches.want(chunk(1, 20, 10));
  launches.want(chunk(1, 25, 20));
  launches.want(chunk(1, 0, 3));
  launches.want(chunk(2, 95, std::numeric_limits<std::int64_t>::max()));
  launches.want(chunk(9, 0, 5));
  launches.read(read_back(std::move(w)));
  for (std::int64_t context = 0; context < 4; ++context) {
    for (std::int64_t order = 0; order < 102; ++order) {
      bool const wanted =
          (context == 1 && ((order >= 20 && order < 45) || order < 3)) || (context == 2 && order >= 95);
      auto const id = order * 3 + context;
      bool const there = context < 3 && id >= 1 && id <= 300 && order % 7 != 0;
      for (std::int64_t plan = 1; plan < 3; ++plan) {
        auto* const found = launches.find(plan, context, order);
        ASSERT_EQ(found != nullptr, wanted && there && plan == 1 + order % 2) << context << ' ' << order;
        if (found == nullptr) continue;
        EXPECT_EQ(launches.value(*found, 0), static_cast<double>(id));
      }
    }
  }
}

TEST(recheck_launches, counts_what_was_marked) {
  auto w = capture_writer::in_memory();
  w.add_plan(1, {});
  for (std::int64_t id = 1; id <= 3; ++id) {
    launch_record r;
    r.id = r.order = id;
    r.plan = 1;
    w.add(r);
  }
  w.close();
  recheck_launches launches;
  launches.want(chunk(0, 0, 10));
  launches.read(read_back(std::move(w)));
  launches.find(1, 0, 1)->compared = true;
  launches.find(1, 0, 2)->compared = launches.find(1, 0, 2)->differs = true;
  std::int64_t compared = 0;
  std::int64_t equal = 0;
  launches.count(compared, equal);
  EXPECT_EQ(compared, 2);
  EXPECT_EQ(equal, 1);
}

}  // namespace
}  // namespace flopwatch::test
