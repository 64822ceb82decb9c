// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Keys whose counts stand for many launches.
#include "unit/capture/synthetic_records.hpp"

namespace flopwatch::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr char const* ffma = "sm__ffma.sum";
constexpr char const* bf16 = "sm__bf16.sum";

reuse_key_record key(std::int64_t id, reuse_class kind, std::int64_t launches,
                     std::vector<std::optional<double>> counters, std::optional<double> bound) {
  reuse_key_record r;
  r.id = id;
  r.plan = 1;
  r.kernel = 1;
  r.kind = kind;
  r.launches = launches;
  r.checks = 3;
  r.bound_flops = bound;
  r.counters = std::move(counters);
  return r;
}

class reuse_tables : public testing::Test {
 protected:
  reuse_tables() : writer_(path_) {
    writer_.add_plan(1, {{1, 1, ffma, "inst", 0}, {2, 1, bf16, "math_op", 1}}, true);
    writer_.add(kernel_record{1, "_Z4gemmv", "gemm()"});
  }
  capture_data data() {
    writer_.close();
    return capture_reader(path_).load();
  }

  test_folder folder_;
  std::filesystem::path path_ = folder_ / "a.flops";
  capture_writer writer_;
};

TEST_F(reuse_tables, come_back_as_they_were) {
  auto constant = key(1, reuse_class::constant, 7, {3.0, std::nullopt}, 0);
  constant.by_parameter = true;
  constant.grid_x = 2, constant.grid_y = 3, constant.grid_z = 4;
  constant.block_x = 5, constant.block_y = 6, constant.block_z = 8;
  constant.shared_bytes = 9;
  auto const variable = key(2, reuse_class::variable, 5, {2.5, 1.0}, std::nullopt);
  reuse_count_record const count{1, 11, 12, phase::backward, 7};
  reuse_audit_record const audit{1, 1, 38, 37, 0.0002, 0.25};
  reuse_audit_record const one{1, 0, 1, 0, 0.5, std::nullopt};
  writer_.add(constant);
  writer_.add(variable);
  writer_.add(count);
  writer_.add(audit);
  writer_.add(one);
  auto d = data();
  for (auto* const r : {&constant}) r->counters.clear();  // they are in the groups
  auto without = variable;
  without.counters.clear();
  EXPECT_THAT(d.reuse_keys, ElementsAre(constant, without));
  EXPECT_THAT(d.reuse_counts, ElementsAre(count));
  EXPECT_THAT(d.reuse_audits, ElementsAre(audit, one));
}

TEST_F(reuse_tables, are_multiplied_in_the_groups_of_launches) {
  writer_.add(key(1, reuse_class::constant, 30, {1'000'000'007.0, 4.0}, 0));
  writer_.add(key(2, reuse_class::variable, 3, {1.0 / 3, 2.0}, 6));
  writer_.add(reuse_count_record{1, 5, 0, phase::forward, 10});
  writer_.add(reuse_count_record{1, 6, 0, phase::forward, 20});
  writer_.add(reuse_count_record{2, 6, 0, phase::forward, 3});
  auto const d = data();
  ASSERT_EQ(d.launch_groups.size(), 2U);
  EXPECT_EQ(d.launch_groups[0].launches, 10);
  EXPECT_EQ(d.launch_groups[0].sums.at(ffma), 10'000'000'070);
  EXPECT_EQ(d.launch_groups[0].bound_flops, 0);
  EXPECT_TRUE(d.launch_groups[0].reused);
  EXPECT_EQ(d.launch_groups[1].launches, 23);
  EXPECT_EQ(d.launch_groups[1].sums.at(ffma), 20 * 1'000'000'007LL + 1);
  EXPECT_EQ(d.launch_groups[1].sums.at(bf16), 86);
  EXPECT_EQ(d.launch_groups[1].bound_flops, 6);
}

TEST_F(reuse_tables, are_exact_beyond_what_a_double_holds) {
  writer_.add(key(1, reuse_class::constant, 1, {9'007'199'254'740'991.0, 0.0}, 0));
  writer_.add(reuse_count_record{1, 0, 0, phase::forward, 1001});
  EXPECT_EQ(data().launch_groups.at(0).sums.at(ffma), 9'007'199'254'740'991LL * 1001);
}

TEST_F(reuse_tables, that_lack_a_value_have_no_sum) {
  writer_.add(key(1, reuse_class::learning, 2, {3.0, std::nullopt}, 0));
  writer_.add(reuse_count_record{1, 0, 0, phase::forward, 2});
  auto const d = data();
  EXPECT_EQ(d.launch_groups.at(0).sums.at(ffma), 6);
  EXPECT_EQ(d.launch_groups.at(0).sums.at(bf16), std::nullopt);
}

TEST_F(reuse_tables, of_an_unknown_bound_give_none) {
  writer_.add(key(1, reuse_class::variable, 2, {3.0, 3.0}, std::nullopt));
  writer_.add(reuse_count_record{1, 0, 0, phase::forward, 2});
  EXPECT_EQ(data().launch_groups.at(0).bound_flops, std::nullopt);
}

TEST_F(reuse_tables, too_large_for_64_bits_are_a_loss) {
  writer_.add(key(1, reuse_class::constant, 3, {0x1p62, 0.0}, 0));
  writer_.add(reuse_count_record{1, 0, 0, phase::forward, 3});
  auto const d = data();
  EXPECT_EQ(d.launch_groups.at(0).sums.at(ffma), std::nullopt);
  EXPECT_EQ(d.losses.at(0).kind, "count_overflow");
}

TEST_F(reuse_tables, of_no_plan_are_refused) {
  auto w = capture_writer::in_memory();
  w.add_plan(1, {{1, 1, ffma, "inst", 0}});
  EXPECT_THAT(refusal([&] { w.add(key(1, reuse_class::constant, 1, {1.0}, 0)); }),
              HasSubstr("was not declared"));
}

TEST_F(reuse_tables, that_were_changed_are_damage) {
  writer_.add(key(1, reuse_class::constant, 3, {1.0, 2.0}, 0));
  writer_.add(reuse_count_record{1, 0, 0, phase::forward, 3});
  writer_.close();
  auto const bytes = bytes_of(path_);
  for (auto const* change :
       {"UPDATE reuse_key SET launches = 4", "UPDATE reuse_key_counters_1 SET sm__ffma_sum = 9",
        "UPDATE reuse_count SET launches = 4", "DELETE FROM reuse_count", "DELETE FROM reuse_key_counters_1",
        "UPDATE reuse_count SET key = 2", "DROP TABLE reuse_key_counters_1", "DROP TABLE reuse_audit"}) {
    sql(path_, change);
    EXPECT_NE(refusal([&] { (void)capture_reader(path_).load(); }), "") << change;
    put_bytes(path_, bytes);
  }
}

reuse_check_record check(std::int64_t id, std::int64_t key, std::int64_t chunk, std::int64_t range,
                         std::vector<std::optional<double>> counters) {
  return {id, 1, key, chunk, range, key == 0 ? 0 : 1, std::move(counters)};
}

/// Two chunks of two ranges, of group 0 and 1.
void add_chunks(capture_writer& w) {
  for (std::int64_t id = 1; id <= 2; ++id) {
    raw_chunk_record r;
    r.id = id, r.plan = 1, r.metric_group = id - 1, r.launches = r.ranges = 2, r.kept = true;
    r.image_bytes = 1;
    w.add(r, std::vector<std::uint8_t>{1});
  }
}

TEST_F(reuse_tables, are_visited_with_their_counters) {
  auto const constant = key(1, reuse_class::constant, 7, {3.0, std::nullopt}, 0);
  auto unmeasured = key(2, reuse_class::learning, 2, {}, 0);
  unmeasured.plan = 0;
  writer_.add(constant);
  writer_.add(unmeasured);
  auto const late = check(1, 1, 2, 1, {std::nullopt, 4.0});
  auto const early = check(2, 0, 1, 0, {6.5, std::nullopt});
  auto const between = check(3, 1, 2, 0, {std::nullopt, std::nullopt});
  for (auto const& c : {late, early, between}) writer_.add(c);
  add_chunks(writer_);
  EXPECT_EQ(data().reuse_checks, 3);
  std::vector<reuse_key_record> keys;
  std::vector<reuse_check_record> checks;
  capture_reader const reader(path_);
  reader.for_each_reuse_key([&](auto const& r) {
    keys.push_back(r);
    return true;
  });
  reader.for_each_reuse_check([&](auto const& r) {
    checks.push_back(r);
    return checks.size() < 3;
  });
  EXPECT_THAT(keys, ElementsAre(constant, unmeasured));
  EXPECT_THAT(checks, ElementsAre(early, between, late));
}

TEST_F(reuse_tables, of_checks_that_do_not_fit_are_damage) {
  writer_.add(key(1, reuse_class::constant, 7, {3.0, 4.0}, 0));
  writer_.add(check(1, 1, 1, 0, {3.0, std::nullopt}));
  writer_.add(check(2, 1, 1, 1, {3.0, std::nullopt}));
  add_chunks(writer_);
  writer_.close();
  auto const visit = [&] {
    return refusal([&] { capture_reader(path_).for_each_reuse_check([](auto const&) { return true; }); });
  };
  EXPECT_EQ(visit(), "");
  auto const bytes = bytes_of(path_);
  std::pair<char const*, char const*> const cases[] = {
      {"UPDATE reuse_check SET chunk = 3 WHERE id = 1",
       "check 1 is of range 0 of chunk 3, and that chunk is not there"},
      {"UPDATE reuse_check SET range = 2 WHERE id = 2", "check 2 is of range 2 of chunk 1, which has 2"},
      {"UPDATE reuse_check SET range = 0", "check 2 is of range 0 of chunk 1, and so is another one"},
      {"UPDATE reuse_check SET key = 9 WHERE id = 1", "check 1 is of key 9, which is not there"},
      {"UPDATE reuse_key SET plan = 2", "check 1 is of another plan than key 1"},
      {"UPDATE raw_chunk SET kept = 0", "whose image was not kept"},
      {"UPDATE raw_chunk SET lossy = 1", "whose values are lost"},
      {"UPDATE raw_chunk SET plan = 2", "which plan 1 did not count"},
      {"UPDATE reuse_check SET chunk = 2", "has a value of sm__ffma.sum, which that chunk did not count"},
      {"DELETE FROM reuse_check_counters_1", "has no row in table reuse_check_counters_1"},
      {"DROP TABLE reuse_check_counters_1", "table reuse_check_counters_1 is missing"},
      {"DROP TABLE reuse_check", "table reuse_check is missing"},
  };
  for (auto const& [change, why] : cases) {
    sql(path_, std::string("UPDATE closed SET checksum = NULL;") + change);
    EXPECT_THAT(visit(), HasSubstr(why)) << change;
    put_bytes(path_, bytes);
  }
  sql(path_, "UPDATE reuse_check_counters_1 SET sm__ffma_sum = 9");
  EXPECT_THAT(visit(), HasSubstr("its checksum differs"));
}

}  // namespace
}  // namespace flopwatch::test
