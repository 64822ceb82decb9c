// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <limits>
#include <random>

#include "flopwatch/diagnostics.hpp"
#include "unit/capture/synthetic_records.hpp"

namespace flopwatch::test {
namespace {

using testing::HasSubstr;

metric_record metric(std::int64_t id, std::int64_t plan, std::string name) {
  return {id, plan, std::move(name), "inst", 0};
}

launch_record launch(std::int64_t id, std::int64_t plan, std::vector<std::optional<double>> counters) {
  launch_record r;
  r.id = r.order = id;
  r.plan = plan;
  r.kernel = 1;
  r.counters = std::move(counters);
  return r;
}

capture_reader closed(capture_writer&& w) {
  w.close();
  return read_back(std::move(w));
}

TEST(launches, keep_every_value_of_a_counter) {
  double const values[] = {0.0,
                           1.0,
                           -1.0,
                           0.5,
                           -2.25,
                           0x1p53,
                           0x1p62,
                           std::nextafter(0x1p63, 0.0),
                           0x1p63,
                           -0x1p63,
                           std::nextafter(-0x1p63, -HUGE_VAL),
                           1e300,
                           5e-324,
                           std::numeric_limits<double>::infinity()};
  auto w = capture_writer::in_memory();
  w.add_plan(1, {metric(1, 1, "m")});
  std::int64_t id = 0;
  for (auto v : values) w.add(launch(++id, 1, {v}));
  auto const read = launches_of(closed(std::move(w)));
  ASSERT_EQ(read.size(), std::size(values));
  for (std::size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i], launch(static_cast<std::int64_t>(i) + 1, 1, {values[i]})) << values[i];
  }
}

TEST(launches, not_a_number_is_not_collected) {
  auto w = capture_writer::in_memory();
  w.add_plan(1, {metric(1, 1, "m")});
  w.add(launch(1, 1, {std::nan("")}));
  EXPECT_EQ(launches_of(closed(std::move(w))).at(0).counters.at(0), std::nullopt);
}

TEST(launches, whole_values_are_stored_as_integers) {
  test_folder const folder;
  capture_writer w(folder / "a.flops");
  w.add_plan(1, {metric(1, 1, "m")});
  w.add(launch(1, 1, {3.0}));
  w.add(launch(2, 1, {3.5}));
  w.add(launch(3, 1, {std::nullopt}));
  w.add(launch(4, 1, {0x1p63}));
  w.close();
  EXPECT_EQ(query(folder / "a.flops", "SELECT m, typeof(m) FROM counters_1 ORDER BY launch"),
            (std::vector<std::string>{"3|integer", "3.5|real", "|null", "9.22337203685478e+18|real"}));
}

TEST(launches, are_visited_by_context_order_and_id_until_told_to_stop) {
  auto w = capture_writer::in_memory();
  for (std::int64_t id = 1; id <= 40; ++id) {
    auto r = launch(id, 0, {});
    r.context = id % 3;
    r.order = (100 - id) / 2;
    w.add(r);
  }
  auto const reader = closed(std::move(w));
  auto const all = launches_of(reader);
  ASSERT_EQ(all.size(), 40U);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), [](auto const& a, auto const& b) {
    return std::tuple(a.context, a.order, a.id) < std::tuple(b.context, b.order, b.id);
  }));
  int seen = 0;
  reader.for_each_launch([&](auto const&) { return ++seen < 7; });
  EXPECT_EQ(seen, 7);
}

TEST(launches, a_visitor_may_throw_and_may_read) {
  auto w = capture_writer::in_memory();
  write(w, {});
  auto const reader = closed(std::move(w));
  EXPECT_THROW(reader.for_each_launch([](auto const&) -> bool { throw std::runtime_error("mine"); }),
               std::runtime_error);
  reader.for_each_launch([&](auto const&) {
    EXPECT_EQ(reader.load().modules.size(), 3U);
    return true;
  });
}

TEST(launches, counters_follow_the_ids_of_the_metrics_not_their_order) {
  auto w = capture_writer::in_memory();
  w.add_plan(1, {metric(3, 1, "third"), metric(1, 1, "first"), metric(2, 1, "second")});
  w.add(launch(1, 1, {10.0, 20.0, 30.0}));
  auto const reader = closed(std::move(w));
  auto const group = reader.load().launch_groups.at(0);
  EXPECT_EQ(group.sums, (std::map<std::string, std::optional<std::int64_t>>{
                            {"first", 10}, {"second", 20}, {"third", 30}}));
}

TEST(launches, a_plan_may_have_no_metric_and_no_launch) {
  auto w = capture_writer::in_memory();
  w.add_plan(1, {});
  w.add_plan(2, {metric(1, 2, "m")});
  w.add(launch(1, 1, {}));
  auto const reader = closed(std::move(w));
  EXPECT_EQ(launches_of(reader).at(0), launch(1, 1, {}));
  EXPECT_EQ(reader.load().launch_groups.size(), 1U);
}

TEST(launches, wrong_ones_are_refused_and_leave_the_capture_as_it_was) {
  auto w = capture_writer::in_memory();
  w.add_plan(1, {metric(1, 1, "m")});
  w.add(launch(1, 1, {1.0}));
  EXPECT_THAT(refusal([&] { w.add(launch(2, 1, {})); }), HasSubstr("0 counters for a launch of plan 1"));
  EXPECT_THAT(refusal([&] { w.add(launch(2, 1, {1.0, 2.0})); }), HasSubstr("2 counters"));
  EXPECT_THAT(refusal([&] { w.add(launch(2, 0, {1.0})); }), HasSubstr("1 counters for a launch of plan 0"));
  EXPECT_THAT(refusal([&] { w.add(launch(2, 7, {1.0})); }), HasSubstr("plan 7, which is not declared"));
  EXPECT_THAT(refusal([&] { w.add(launch(1, 1, {1.0})); }), HasSubstr("launch.id"));
  EXPECT_THAT(refusal([&] { w.add(launch(0, 1, {1.0})); }), HasSubstr("launch 0"));
  auto bad_phase = launch(2, 1, {1.0});
  bad_phase.phase = static_cast<phase>(9);
  EXPECT_THAT(refusal([&] { w.add(bad_phase); }), HasSubstr("phase invalid"));
  w.add(launch(2, 1, {2.0}));
  auto const reader = closed(std::move(w));
  EXPECT_EQ(launches_of(reader), (std::vector{launch(1, 1, {1.0}), launch(2, 1, {2.0})}));
}

TEST(plans, wrong_ones_are_refused_and_leave_the_capture_as_it_was) {
  auto w = capture_writer::in_memory();
  w.add_plan(1, {metric(1, 1, "m")});
  EXPECT_THAT(refusal([&] { w.add_plan(1, {metric(2, 1, "n")}); }), HasSubstr("plan 1 already"));
  EXPECT_THAT(refusal([&] { w.add_plan(0, {}); }), HasSubstr("plan 0"));
  EXPECT_THAT(refusal([&] { w.add_plan(-1, {}); }), HasSubstr("plan -1"));
  EXPECT_THAT(refusal([&] { w.add_plan(2, {metric(2, 1, "n")}); }), HasSubstr("of plan 1 with plan 2"));
  EXPECT_THAT(refusal([&] { w.add_plan(2, {metric(1, 2, "n")}); }), HasSubstr("metric id 1"));
  EXPECT_THAT(refusal([&] { w.add_plan(2, {metric(0, 2, "n")}); }), HasSubstr("metric id 0"));
  EXPECT_THAT(refusal([&] {
                w.add_plan(2, {metric(2, 2, "n"), metric(2, 2, "o")});
              }),
              HasSubstr("metric id 2"));
  EXPECT_THAT(refusal([&] { w.add_plan(2, {metric(2, 2, "n"), metric(3, 2, "n")}); }), HasSubstr("twice"));
  std::vector<metric_record> many;
  for (std::int64_t i = 2; i < 2002; ++i) many.push_back(metric(i, 2, "m" + std::to_string(i)));
  EXPECT_THAT(refusal([&] { w.add_plan(2, many); }), HasSubstr("at most 1984"));
  many.resize(1984);
  w.add_plan(2, many);
  w.add(launch(1, 2, std::vector<std::optional<double>>(1984, 4.0)));
  auto const reader = closed(std::move(w));
  EXPECT_EQ(reader.load().metrics.size(), 1985U);
  EXPECT_EQ(launches_of(reader).at(0).counters.back(), 4.0);
}

TEST(plans, metric_names_of_every_kind_get_columns) {
  std::vector<std::string> const names{"a.b",
                                       "a_b",
                                       "A.B",
                                       "a\"b",
                                       "order",
                                       "launch",
                                       "KERNEL",
                                       "1st",
                                       "",
                                       "_",
                                       "\u00fc",
                                       "a b'); DROP TABLE launch;--",
                                       std::string(300, 'y'),
                                       std::string(301, 'y'),
                                       "a_b_2"};
  test_folder const folder;
  capture_writer w(folder / "a.flops");
  std::vector<metric_record> metrics;
  std::vector<std::optional<double>> values;
  for (auto const& n : names) {
    auto const id = static_cast<std::int64_t>(metrics.size()) + 1;
    metrics.push_back(metric(id, 1, n));
    values.emplace_back(static_cast<double>(id * 100));
  }
  w.add_plan(1, metrics);
  w.add(launch(1, 1, values));
  w.close();
  capture_reader const reader(folder / "a.flops");
  auto const sums = reader.load().launch_groups.at(0).sums;
  ASSERT_EQ(sums.size(), names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(sums.at(names[i]), static_cast<std::int64_t>(i + 1) * 100) << names[i];
  }
  EXPECT_EQ(query(folder / "a.flops", "SELECT \"column\" FROM metric WHERE id <= 4 ORDER BY id"),
            (std::vector<std::string>{"a_b", "a_b_2", "A_B_3", "a_b_4"}));
  EXPECT_EQ(query(folder / "a.flops", "SELECT a_b, \"order\", launch_2, KERNEL_2, m_1st FROM launches_1"),
            std::vector<std::string>{"100|500|600|700|800"});
}

using key = std::tuple<std::int64_t, std::int64_t, std::int64_t, phase, std::int64_t>;

key key_of(auto const& r) { return {r.scope, r.operator_call, r.kernel, r.phase, r.plan}; }

TEST(groups, equal_a_plain_computation_over_many_launches_of_two_plans) {
  std::mt19937_64 random(7);
  auto const below = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  };
  auto w = capture_writer::in_memory();
  w.add_plan(1, {metric(1, 1, "a"), metric(2, 1, "rate"), metric(3, 1, "b")});
  w.add_plan(2, {metric(4, 2, "c")});
  std::map<key, launch_group> expected;
  std::vector<launch_record> all;
  for (std::int64_t id = 1; id <= 50'000; ++id) {
    auto r = launch(id, below(3), {});
    r.scope = below(5);
    r.operator_call = below(4);
    r.kernel = 1 + below(3);
    r.phase = static_cast<phase>(below(4));
    r.stream = below(most);
    if (r.plan == 1)
      r.counters = {static_cast<double>(below(1LL << 44)), 0.5 * static_cast<double>(below(9)), -3.0};
    if (r.plan == 2) r.counters = {static_cast<double>(below(1000))};
    if (r.plan == 2 && below(300) == 0) r.counters[0].reset();
    auto& g = expected[key_of(r)];
    ++g.launches;
    if (r.plan == 1) {
      g.sums.try_emplace("a", 0).first->second.value() += static_cast<std::int64_t>(r.counters[0].value());
      g.sums.try_emplace("b", 0).first->second.value() -= 3;
    }
    if (r.plan == 2) {
      auto& sum = g.sums.try_emplace("c", 0).first->second;
      if (!r.counters[0]) sum.reset();
      if (sum) *sum += static_cast<std::int64_t>(*r.counters[0]);
    }
    w.add(r);
    all.push_back(r);
  }
  auto const reader = closed(std::move(w));
  auto const d = reader.load();
  EXPECT_TRUE(d.losses.empty());
  ASSERT_EQ(d.launch_groups.size(), expected.size());
  auto next = expected.begin();
  for (auto const& g : d.launch_groups) {
    EXPECT_EQ(key_of(g), next->first);  // in that order, too
    EXPECT_EQ(g.launches, next->second.launches);
    EXPECT_EQ(g.sums, next->second.sums);
    ++next;
  }
  EXPECT_EQ(launches_of(reader), all);
}

TEST(groups, extremes_that_fit_are_summed_exactly) {
  auto w = capture_writer::in_memory();
  w.add_plan(1, {metric(1, 1, "m"), metric(2, 1, "n")});
  double const large = std::nextafter(0x1p63, 0.0);
  // On the way the sum of m leaves 64 bits; at the end it is back.
  w.add(launch(1, 1, {large, -0x1p63}));
  w.add(launch(2, 1, {large, 0.0}));
  w.add(launch(3, 1, {-0x1p63, 0.0}));
  auto const d = closed(std::move(w)).load();
  EXPECT_EQ(d.launch_groups.at(0).sums.at("m"), most - 1023 - 1024);
  EXPECT_EQ(d.launch_groups.at(0).sums.at("n"), least);
  EXPECT_TRUE(d.losses.empty());
}

TEST(groups, sums_that_do_not_fit_are_named_losses) {
  auto w = capture_writer::in_memory();
  w.add_plan(1, {metric(1, 1, "over"), metric(2, 1, "under"), metric(3, 1, "large"), metric(4, 1, "good")});
  w.add(launch(1, 1, {0x1p62, -0x1p63, 0x1p63, 1.0}));
  w.add(launch(2, 1, {0x1p62, -1.0, 1.0, 1.0}));
  auto const d = closed(std::move(w)).load();
  auto const& sums = d.launch_groups.at(0).sums;
  EXPECT_EQ(sums,
            (std::map<std::string, std::optional<std::int64_t>>{
                {"over", std::nullopt}, {"under", std::nullopt}, {"large", std::nullopt}, {"good", 2}}));
  EXPECT_EQ(d.losses, std::vector{make_loss(loss::count_overflow, 3, "Metrics: large, over, under.")});
  EXPECT_TRUE(d.complete);
}

TEST(groups, scope_ranges_are_apart_from_their_launches) {
  auto w = capture_writer::in_memory();
  w.add_plan(1, {metric(1, 1, "m")});
  auto const alone = launch(1, 0, {});
  auto inside = launch(2, 0, {});
  inside.in_scope_range = true;
  auto inside_too = launch(3, 0, {});
  inside_too.in_scope_range = true;
  for (auto const& r : {alone, inside, inside_too}) w.add(r);
  w.add(scope_range_record{1, 1, 0, phase::forward, 0, 0, 2, {5.0}});
  w.add(scope_range_record{2, 1, 0, phase::forward, 1, 0, 40, {6.0}});
  auto wrong = launch(6, 1, {5.0});
  wrong.in_scope_range = true;
  EXPECT_THAT(refusal([&] { w.add(wrong); }), HasSubstr("one that was counted in a scope range has plan 0"));
  EXPECT_THAT(refusal([&] {
                w.add(scope_range_record{3, 0, 0, phase::forward, 2, 0, 2, {}});
              }),
              HasSubstr("scope range 3 of plan 0"));
  EXPECT_THAT(refusal([&] {
                w.add(scope_range_record{3, 1, 0, phase::forward, 2, 0, 2, {}});
              }),
              HasSubstr("0 counters for a scope range of plan 1"));
  EXPECT_THAT(refusal([&] {
                w.add(scope_range_record{3, 1, 0, phase::forward, 2, 0, -1, {5.0}});
              }),
              HasSubstr("launches >= 0"));
  auto const d = closed(std::move(w)).load();
  ASSERT_EQ(d.launch_groups.size(), 2U);
  EXPECT_FALSE(d.launch_groups[0].in_scope_range);
  EXPECT_EQ(d.launch_groups[0].launches, 1);
  EXPECT_TRUE(d.launch_groups[1].in_scope_range);
  EXPECT_EQ(d.launch_groups[1].launches, 2);
  ASSERT_EQ(d.scope_range_groups.size(), 1U);
  EXPECT_EQ(d.scope_range_groups[0].ranges, 2);
  EXPECT_EQ(d.scope_range_groups[0].launches, 42);
  EXPECT_EQ(d.scope_range_groups[0].sums.at("m"), 11);
}

TEST(groups, a_metric_that_is_somewhere_not_whole_is_in_no_group_of_the_plan) {
  auto w = capture_writer::in_memory();
  w.add_plan(1, {metric(1, 1, "m"), metric(2, 1, "inf")});
  w.add_plan(2, {metric(3, 2, "m")});
  w.add(launch(1, 1, {1.0, std::numeric_limits<double>::infinity()}));
  auto other = launch(2, 1, {0.5, 1.0});
  other.scope = 3;
  w.add(other);
  w.add(launch(3, 2, {4.0}));
  auto const d = closed(std::move(w)).load();
  ASSERT_EQ(d.launch_groups.size(), 3U);
  EXPECT_TRUE(d.launch_groups[0].sums.empty());
  EXPECT_EQ(d.launch_groups[1].sums.at("m"), 4);
  EXPECT_TRUE(d.launch_groups[2].sums.empty());
  EXPECT_TRUE(d.losses.empty());
}

}  // namespace
}  // namespace flopwatch::test
