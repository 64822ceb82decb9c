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

}  // namespace
}  // namespace flopwatch::test
