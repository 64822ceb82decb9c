// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Captures of replay mode reuse: checks are evaluated again, and keys and sums follow from them.
#include <cmath>
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "capture/writer.hpp"
#include "recheck/recheck.hpp"

namespace flopwatch::test {
using namespace recheck;
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

using bytes = std::vector<std::uint8_t>;
using counters = std::vector<std::optional<double>>;

bytes image_of(std::vector<double> const& values) {
  bytes out(values.size() * sizeof(double));
  std::memcpy(out.data(), values.data(), out.size());
  return out;
}

std::vector<double> values_in(raw_chunk_record const&, counter_group_record const&,
                              std::span<std::uint8_t const> image, std::span<std::string const>) {
  std::vector<double> out(image.size() / sizeof(double));
  std::memcpy(out.data(), image.data(), image.size());
  return out;
}

/// One plan of two metric groups, a in group 0 and b in group 1. Key 1 is constant (a 10, b 20; 70 launches);
/// key 2 varies (a 1 or 2, b 5; 7 launches), and all of its checks are kept.
class reuse_recheck : public testing::Test {
 protected:
  reuse_recheck() {
    w.add_plan(1, {{1, 1, "a", "", 0}, {2, 1, "b", "", 1}}, true);
    w.add(kernel_record{1, "_Z4gemmv", "gemm()"});
    w.add(counter_group_record{1, 0, "GH100", 130000, {1}});
    w.add(counter_group_record{1, 1, "GH100", 130000, {2}});
  }
  void add_key(std::int64_t id, reuse_class kind, std::int64_t launches, std::int64_t checks,
               counters of_one) {
    reuse_key_record r;
    r.id = id, r.plan = r.kernel = 1, r.kind = kind, r.launches = launches, r.checks = checks;
    r.counters = std::move(of_one);
    w.add(r);
  }
  void add_check(std::int64_t key, std::int64_t chunk, std::int64_t range, std::int64_t number,
                 counters values) {
    w.add(reuse_check_record{++added, 1, key, chunk, range, number, std::move(values)});
  }
  void keep(std::int64_t id, std::int64_t group, std::vector<double> const& values) {
    raw_chunk_record r;
    r.id = id, r.plan = 1, r.metric_group = group, r.kept = true;
    r.launches = r.ranges = static_cast<std::int64_t>(values.size());
    r.image_bytes = static_cast<std::int64_t>(values.size() * sizeof(double));
    w.add(r, image_of(values));
  }
  /// \param a of key 1, \param average of a of key 2, as the capture says
  void add_keys(double a = 10, double average = 1.5) {
    add_key(1, reuse_class::constant, 70, 9, {a, 20.0});
    add_key(2, reuse_class::variable, 7, 3, {average, 5.0});
    w.add(reuse_count_record{1, 3, 0, phase::forward, 40});
    w.add(reuse_count_record{1, 4, 0, phase::backward, 30});
    w.add(reuse_count_record{2, 3, 0, phase::forward, 7});
  }
  void add_checks(double first = 10) {
    add_check(1, 1, 0, 1, {first, std::nullopt});
    add_check(2, 1, 1, 1, {1.0, std::nullopt});
    add_check(2, 1, 2, 2, {2.0, std::nullopt});
    add_check(0, 1, 3, 0, {13.0, std::nullopt});
    add_check(1, 2, 0, 2, {std::nullopt, 20.0});
    add_check(2, 2, 1, 3, {std::nullopt, 5.0});
  }
  void keep_both(std::vector<double> const& first = {10, 1, 2, 13}) {
    keep(1, 0, first);
    keep(2, 1, {20, 5});
  }
  recheck_result result() {
    w.close();
    return recheck::recheck(read_back(std::move(w)), values_in);
  }

  capture_writer w = capture_writer::in_memory();
  std::int64_t added = 0;
  evaluator_name const by{"13.0 (130000)", "libcupti.so.13"};
};

TEST_F(reuse_recheck, follows_checks_up_to_the_sums) {
  add_keys();
  add_checks();
  keep_both();
  auto const r = result();
  EXPECT_TRUE(r.equal());
  EXPECT_EQ(r.values, 6);
  EXPECT_EQ(r.launches, 6);
  EXPECT_EQ(r.equal_launches, 6);
  EXPECT_EQ(r.share, (recheckable_share{6, 6, true}));
  ASSERT_TRUE(r.reuse);
  EXPECT_EQ(r.reuse->steps, 1);
  auto const& s = r.reuse->sums;
  EXPECT_THAT(s.sentences, ElementsAre());
  EXPECT_EQ(s.keys, 2);
  EXPECT_EQ(s.confirmed, 2);
  EXPECT_EQ(s.launches, 77);
  EXPECT_EQ(s.sums, 4);
  EXPECT_THAT(recheck_text(r, "run.flops", by),
              AllOf(HasSubstr("checks     6 compared of 6 measured, 6 equal, 0 different\n"),
                    HasSubstr("steps      1 of the compared checks\n"),
                    HasSubstr("keys       2 of 2 follow from kept checks\n"),
                    HasSubstr("sums       4 over 77 launches, added up again from the keys\n"),
                    HasSubstr("All 6 values are equal, and the sums add up.")));
  EXPECT_THAT(recheck_json(r, "run.flops", by),
              AllOf(HasSubstr("\"equal\": true"), HasSubstr("\"confirmed_keys\": 2")));
}

TEST_F(reuse_recheck, finds_a_check_that_its_image_does_not_give) {
  add_keys();
  add_checks();
  keep_both({10, 1, 2.5, 14});
  auto const r = result();
  EXPECT_FALSE(r.equal());
  EXPECT_EQ(r.values - r.equal_values, 2);
  EXPECT_EQ(r.launches - r.equal_launches, 2);
  EXPECT_THAT(recheck_text(r, "run.flops", by),
              AllOf(HasSubstr("  chunk 1, range 2 (launch 2 of key 2, gemm()), a:\n    in the capture 2, "
                              "evaluated again 2.5\n"),
                    HasSubstr("  chunk 1, range 3 (a whole step), a:\n"), HasSubstr("differ from its raw")));
  EXPECT_THAT(recheck_json(r, "run.flops", by), AllOf(HasSubstr("\"range\": 2"), HasSubstr("\"key\": 2")));
}

TEST_F(reuse_recheck, finds_a_constant_key_that_has_other_values_than_its_checks) {
  add_keys(11);
  add_checks();
  keep_both();
  auto const r = result();
  EXPECT_EQ(r.values, r.equal_values);
  EXPECT_FALSE(r.equal());
  EXPECT_EQ(r.reuse->sums.confirmed, 1);
  EXPECT_THAT(r.reuse->sums.sentences,
              ElementsAre("Key 1 (gemm()) has 11 for a in the capture, but its checks give 10."));
  EXPECT_THAT(recheck_text(r, "run.flops", by), HasSubstr("The checks are equal, but"));
}

TEST_F(reuse_recheck, finds_a_constant_key_whose_checks_differ) {
  add_keys();
  add_checks();
  add_check(1, 3, 0, 9, {12.0, std::nullopt});
  keep_both();
  keep(3, 0, {12});
  auto const r = result();
  EXPECT_FALSE(r.equal());
  EXPECT_THAT(r.reuse->sums.sentences.at(0),
              HasSubstr("is constant, but two of its checks have 10 and 12 for a"));
}

TEST_F(reuse_recheck, finds_an_average_that_is_not_of_its_checks) {
  add_keys(10, 1.5001);
  add_checks();
  keep_both();
  auto const r = result();
  EXPECT_FALSE(r.equal());
  EXPECT_THAT(r.reuse->sums.sentences.at(0),
              HasSubstr("Key 2 (gemm()) has 1.5001 for a in the capture, but"));
}

/// Launches 4 to 7 of 100 did 1, launches 8 to 11 did 3: the first 7 have the average 1, the others 3.
TEST_F(reuse_recheck, takes_averages_as_the_session_did) {
  add_key(1, reuse_class::variable, 100, 8, {0.07 * 1 + 0.93 * 3, std::nullopt});
  w.add(reuse_count_record{1, 3, 0, phase::forward, 100});
  for (std::int64_t i = 0; i < 8; ++i) add_check(1, 1, i, 4 + i, {i < 4 ? 1.0 : 3.0, std::nullopt});
  keep(1, 0, {1, 1, 1, 1, 3, 3, 3, 3});
  auto const r = result();
  EXPECT_THAT(r.reuse->sums.sentences, ElementsAre());
  EXPECT_EQ(r.reuse->sums.confirmed, 1);
}

TEST_F(reuse_recheck, does_not_judge_averages_of_checks_that_are_not_kept) {
  add_keys(10, 1.5001);
  add_key(3, reuse_class::constant, 0, 2, {6.0, 7.0});
  add_check(1, 1, 0, 1, {10.0, std::nullopt});
  add_check(2, 1, 1, 1, {1.0, std::nullopt});
  keep(1, 0, {10, 1});
  auto const r = result();
  EXPECT_TRUE(r.equal());
  EXPECT_EQ(r.reuse->sums.confirmed, 0);
  EXPECT_EQ(r.reuse->sums.partly, 1);
  EXPECT_EQ(r.reuse->sums.unconfirmed, 2);
  EXPECT_THAT(
      recheck_text(r, "run.flops", by),
      HasSubstr("keys       0 of 3 follow from kept checks; 1 in some metrics alone; 2 have too few"));
}

TEST_F(reuse_recheck, finds_launches_that_do_not_add_up) {
  add_keys();
  w.add(reuse_count_record{1, 5, 0, phase::forward, 1});
  add_checks();
  keep_both();
  auto const r = result();
  EXPECT_FALSE(r.equal());
  EXPECT_THAT(r.reuse->sums.sentences.at(0), HasSubstr("Key 1 (gemm()) has 70 launches in the capture, but"));
}

TEST_F(reuse_recheck, finds_more_kept_checks_than_were_measured) {
  add_key(1, reuse_class::constant, 7, 1, {10.0, std::nullopt});
  w.add(reuse_count_record{1, 5, 0, phase::forward, 7});
  add_check(1, 1, 0, 1, {10.0, std::nullopt});
  add_check(1, 1, 1, 2, {10.0, std::nullopt});
  keep(1, 0, {10, 10});
  auto const r = result();
  EXPECT_FALSE(r.equal());
  EXPECT_THAT(r.reuse->sums.sentences.at(0), HasSubstr("was measured 1 times, but 2 checks of it are kept"));
}

TEST_F(reuse_recheck, a_check_without_values_is_named_and_not_compared) {
  add_keys();
  add_checks();
  keep_both({10, 1, 2, 13, 99});
  add_check(1, 1, 4, 5, {std::nullopt, std::nullopt});
  auto const r = result();
  EXPECT_TRUE(r.equal());
  EXPECT_EQ(r.launches, 6);
  EXPECT_EQ(r.reuse->without_value, 1);
  EXPECT_THAT(recheck_text(r, "run.flops", by), HasSubstr("no value   1 check: measuring came to nothing\n"));
}

TEST_F(reuse_recheck, a_range_without_a_check_is_a_difference) {
  add_keys();
  add_checks();
  keep_both({10, 1, 2, 13, 99});
  auto const r = result();
  EXPECT_FALSE(r.equal());
  EXPECT_EQ(r.missing_launches, 1);
  EXPECT_THAT(recheck_text(r, "run.flops", by),
              AllOf(HasSubstr("missing    1 check of the images is not in the capture\n"),
                    HasSubstr("The capture lacks checks")));
}

TEST_F(reuse_recheck, an_image_without_any_check_is_named) {
  add_keys();
  add_checks();
  keep_both();
  keep(3, 0, {10, 10});
  auto const r = result();
  EXPECT_TRUE(r.equal());
  EXPECT_EQ(r.compared, 2);
  EXPECT_EQ(r.share, (recheckable_share{6, 8, true}));
  EXPECT_THAT(recheck_text(r, "run.flops", by),
              HasSubstr("images     3 of 3 kept; 1 not compared: the capture lists no check of them\n"));
}

TEST_F(reuse_recheck, with_no_check_at_all_it_says_so) {
  add_keys();
  keep_both();
  try {
    (void)result();
    FAIL();
  } catch (usage_error const& e) {
    EXPECT_THAT(e.what(), HasSubstr("the capture lists no check of 2 of its 2 raw images"));
  }
}

}  // namespace
}  // namespace flopwatch::test
