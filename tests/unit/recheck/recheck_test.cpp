// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recheck/recheck.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "capture/writer.hpp"

namespace flopwatch::test {
using namespace recheck;
using namespace cupti;
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

using bytes = std::vector<std::uint8_t>;

/// A made-up image is the doubles of its ranges, one after the other.
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

launch_record launch(std::int64_t id, std::int64_t context, std::int64_t order,
                     std::vector<std::optional<double>> counters) {
  launch_record r;
  r.id = id;
  r.plan = 1;
  r.kernel = 1;
  r.context = context;
  r.order = order;
  r.counters = std::move(counters);
  return r;
}

raw_chunk_record chunk(std::int64_t id, std::int64_t group, std::int64_t context, std::int64_t first,
                       std::int64_t launches) {
  raw_chunk_record r;
  r.id = id, r.plan = 1, r.metric_group = group, r.context = context, r.first_order = first;
  r.launches = r.ranges = launches;
  return r;
}

/// One plan of two metric groups (a and c in group 0, b in group 1), three launches in context 7, one in
/// context 8.
class recheck_test : public testing::Test {
 protected:
  recheck_test() {
    w.set_info(info_key::gpu, "Synthetic GPU");
    w.add_plan(1, {{1, 1, "a", "", 0}, {2, 1, "b", "", 1}, {3, 1, "c", "", 0}});
    w.add(kernel_record{1, "_Z4gemmv", "gemm()"});
    w.add(counter_group_record{1, 0, "GH100", 130000, {1}});
    w.add(counter_group_record{1, 1, "GH100", 130000, {2}});
    w.add(launch(1, 7, 0, {10.0, 20.0, 0.5}));
    w.add(launch(2, 7, 1, {11.0, 21.0, std::nullopt}));
    w.add(launch(3, 7, 2, {12.0, 22.0, 32.0}));
    w.add(launch(4, 8, 0, {13.0, 23.0, 33.0}));
  }
  void keep(raw_chunk_record r, std::vector<double> const& values) { keep_image(r, image_of(values)); }
  void keep_image(raw_chunk_record r, bytes const& image) {
    r.kept = true;
    r.image_bytes = static_cast<std::int64_t>(image.size());
    w.add(r, image);
  }
  recheck_result result(evaluate_raw const& evaluate = values_in) {
    w.close();
    return recheck::recheck(read_back(std::move(w)), evaluate);
  }
  std::string refusal() {
    try {
      (void)result();
    } catch (error const& e) {
      EXPECT_EQ(e.code(), exit_code::usage);
      return e.what();
    }
    return "";
  }

  capture_writer w = capture_writer::in_memory();
  evaluator_name const by{"13.0 (130000)", "libcupti.so.13"};
};

TEST_F(recheck_test, equal_values_of_several_groups_and_contexts) {
  keep(chunk(1, 0, 7, 0, 3), {10, 0.5, 11, NAN, 12, 32});
  keep(chunk(2, 1, 7, 1, 2), {21, 22});
  keep(chunk(3, 0, 8, 0, 1), {13, 33});
  auto const r = result();
  EXPECT_TRUE(r.equal());
  EXPECT_EQ(r.values, 10);
  EXPECT_EQ(r.equal_values, 10);
  EXPECT_EQ(r.launches, 4);
  EXPECT_EQ(r.equal_launches, 4);
  EXPECT_EQ(r.share, (recheckable_share{2, 4}));
  EXPECT_EQ(r.compared, 3);
  EXPECT_EQ(r.chips, std::set<std::string>{"GH100"});
  EXPECT_EQ(r.counted_with, std::set<std::int64_t>{130000});
  EXPECT_FALSE(r.synthetic);
  EXPECT_THAT(
      recheck_text(r, "run.flops", by),
      AllOf(HasSubstr("GPU        Synthetic GPU, chip GH100\n"), HasSubstr("All 10 values are equal."),
            HasSubstr("4 compared of 4 measured, 4 equal, 0 different"), Not(HasSubstr("SYNTHETIC"))));
  EXPECT_THAT(recheck_json(r, "run.flops", by),
              AllOf(HasSubstr("\"equal\": true"), HasSubstr("\"compared_values\": 10")));
}

TEST_F(recheck_test, the_evaluator_gets_group_and_metrics_of_the_metric_group) {
  keep(chunk(1, 0, 7, 0, 1), {10, 0.5});
  keep(chunk(2, 1, 7, 0, 1), {20});
  std::vector<std::string> seen;
  (void)result([&](auto const& c, auto const& group, auto image, auto metrics) {
    seen.push_back(group.chip + std::to_string(group.config_image.at(0)));
    seen.insert(seen.end(), metrics.begin(), metrics.end());
    return values_in(c, group, image, metrics);
  });
  EXPECT_THAT(seen, ElementsAre("GH1001", "a", "c", "GH1002", "b"));
}

TEST_F(recheck_test, a_value_that_differs_is_listed_with_its_place) {
  keep(chunk(1, 0, 7, 1, 2), {11, NAN, 12, 32.000000001});
  auto const r = result();
  EXPECT_FALSE(r.equal());
  EXPECT_EQ(r.values, 4);
  EXPECT_EQ(r.equal_values, 3);
  EXPECT_EQ(r.launches, 2);
  EXPECT_EQ(r.equal_launches, 1);
  ASSERT_THAT(r.differences, SizeIs(1));
  EXPECT_THAT(recheck_text(r, "run.flops", by),
              AllOf(HasSubstr("context 7, launch 2 (gemm()), c:\n"),
                    HasSubstr("in the capture 32, evaluated again 32.000000001"), HasSubstr("1 different"),
                    Not(HasSubstr("All"))));
  EXPECT_THAT(recheck_json(r, "run.flops", by),
              AllOf(HasSubstr("\"equal\": false"), HasSubstr("\"order\": 2")));
}

TEST_F(recheck_test, not_collected_is_no_number) {
  keep(chunk(1, 0, 7, 0, 2), {10, INFINITY, 11, 0});
  auto const r = result();
  ASSERT_THAT(r.differences, SizeIs(2));
  EXPECT_EQ(r.differences[0].stored, 0.5);
  EXPECT_EQ(r.differences[0].evaluated, std::nullopt);
  EXPECT_EQ(r.differences[1].stored, std::nullopt);
  EXPECT_EQ(r.differences[1].evaluated, 0.0);
  EXPECT_THAT(recheck_text(r, "run.flops", by),
              HasSubstr("in the capture not collected, evaluated again 0\n"));
}

TEST_F(recheck_test, many_differences_are_cut_and_counted) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < 30; ++i) {
    w.add(launch(100 + i, 9, i, {1.0, 2.0, 3.0}));
    values.push_back(-1);
  }
  keep(chunk(1, 1, 9, 0, 30), values);
  auto const r = result();
  EXPECT_THAT(r.differences, SizeIs(recheck_result::listed));
  EXPECT_EQ(r.values - r.equal_values, 30);
  EXPECT_THAT(recheck_text(r, "run.flops", by), HasSubstr("and 10 more values"));
}

TEST_F(recheck_test, an_image_with_other_ranges_than_its_chunk_is_a_difference) {
  keep(chunk(1, 1, 7, 0, 3), {20, 21});
  auto const r = result();
  EXPECT_FALSE(r.equal());
  EXPECT_EQ(r.values, 2);
  EXPECT_THAT(r.wrong_chunks,
              ElementsAre("The image of chunk 1 has 2 ranges; the capture says 3 ranges of 3 launches."));
}

TEST_F(recheck_test, a_launch_that_is_not_in_the_capture_is_a_difference) {
  keep(chunk(1, 1, 7, 2, 2), {22, 99});
  auto const r = result();
  EXPECT_FALSE(r.equal());
  EXPECT_EQ(r.missing_launches, 1);
  EXPECT_EQ(r.values, 1);
  EXPECT_THAT(recheck_text(r, "run.flops", by), HasSubstr("1 launch of the images is not in the capture\n"));
}

TEST_F(recheck_test, in_a_capture_that_was_cut_short_it_is_no_difference) {
  recheck_result r;
  r.missing_launches = 5;
  r.complete = false;
  EXPECT_TRUE(r.equal());
  EXPECT_THAT(recheck_text(r, "run.flops", by), HasSubstr("whose recording was cut short"));
}

TEST_F(recheck_test, a_recording_that_was_not_closed_is_named) {
  recheck_result r;
  EXPECT_THAT(recheck_text(r, "run.flops", by), Not(HasSubstr("without being closed")));
  r.complete = false;
  EXPECT_THAT(recheck_text(r, "run.flops", by), HasSubstr("recording  ended without being closed"));
  EXPECT_THAT(recheck_json(r, "run.flops", by), HasSubstr("\"complete\": false"));
}

TEST_F(recheck_test, names_of_the_capture_cannot_steer_a_terminal) {
  recheck_result r;
  std::string const clear = "\x1b[2J";
  r.gpu = clear;
  r.chips = {clear};
  r.values = 1;
  r.differences.push_back({1, 2, 3, clear, clear, 4.0, 5.0});
  EXPECT_THAT(recheck_text(r, clear + ".flops", by),
              AllOf(HasSubstr("\\x1b[2J.flops"), Not(HasSubstr("\x1b"))));
}

TEST_F(recheck_test, behind_an_image_are_zeros) {
  keep(chunk(1, 1, 7, 0, 1), std::vector<double>{20});
  bool zeros = false;
  (void)result([&](auto const&, auto const&, auto image, auto) {
    zeros = std::all_of(image.data() + image.size(), image.data() + image.size() + recheck::padding_bytes,
                        [](auto b) { return b == 0; });
    return std::vector<double>{20};
  });
  EXPECT_TRUE(zeros);
}

TEST_F(recheck_test, lossy_chunks_and_groups_outside_the_plan_are_counted_not_compared) {
  auto lossy = chunk(1, 0, 7, 0, 3);
  lossy.lossy = true;
  lossy.ranges = 9;
  keep(lossy, std::vector<double>{1});
  keep(chunk(2, 5, 7, 0, 1), std::vector<double>{1});
  keep(chunk(3, 1, 7, 0, 1), std::vector<double>{20});
  w.add(chunk(4, 1, 7, 1, 2));
  auto const r = result();
  EXPECT_TRUE(r.equal());
  EXPECT_EQ(r.chunks, 4);
  EXPECT_EQ(r.kept, 3);
  EXPECT_EQ(r.lossy, 1);
  EXPECT_EQ(r.left_out, 1);
  EXPECT_EQ(r.compared, 1);
  EXPECT_THAT(recheck_text(r, "run.flops", by),
              HasSubstr("images     3 of 4 kept; 1 not compared: affected by a data loss"));
}

TEST_F(recheck_test, without_raw_data_it_says_so) {
  EXPECT_THAT(refusal(), HasSubstr("has no raw counter data: nothing was measured"));
}

TEST_F(recheck_test, without_kept_images_it_says_so) {
  w.add(chunk(1, 0, 7, 0, 3));
  EXPECT_THAT(refusal(), HasSubstr("has no raw counter data, because it was recorded with --raw none"));
}

TEST_F(recheck_test, with_nothing_to_compare_it_says_so) {
  auto lossy = chunk(1, 0, 7, 0, 3);
  lossy.lossy = true;
  keep(lossy, std::vector<double>{1});
  EXPECT_THAT(refusal(),
              HasSubstr("none of the 1 raw images in the capture has values to compare with (1 from"));
}

TEST_F(recheck_test, an_image_of_the_stand_in_is_synthetic) {
  auto image = image_of({10, 0.5, 0, 0});
  std::memcpy(image.data(), "flopw. stand-in", 16);
  EXPECT_TRUE(is_synthetic(image));
  image.resize(15);
  EXPECT_FALSE(is_synthetic(image));
  image.resize(16);
  EXPECT_TRUE(is_synthetic(image));
  keep_image(chunk(1, 1, 7, 0, 1), image);
  auto const r = result([](auto const&, auto const&, auto, auto) { return std::vector<double>{20}; });
  EXPECT_TRUE(r.equal());
  EXPECT_TRUE(r.synthetic);
  EXPECT_THAT(recheck_text(r, "run.flops", by), testing::StartsWith("SYNTHETIC: "));
  EXPECT_THAT(recheck_json(r, "run.flops", by), HasSubstr("\"synthetic\": true"));
}

TEST_F(recheck_test, a_capture_that_says_so_is_synthetic) {
  w.set_info(info_key::synthetic, "yes");
  keep(chunk(1, 1, 7, 0, 1), std::vector<double>{20});
  EXPECT_TRUE(result().synthetic);
}

TEST_F(recheck_test, an_unknown_chip_of_a_metric_group_is_refused) {
  auto other = capture_writer::in_memory();
  other.add_plan(1, {{1, 1, "a", "", 0}});
  other.add(launch(1, 7, 0, {10.0}));
  w = std::move(other);
  keep(chunk(1, 0, 7, 0, 1), std::vector<double>{10});
  EXPECT_THAT(refusal(), HasSubstr("does not say on which chip metric group 0 of plan 1 was counted"));
}

TEST_F(recheck_test, what_the_evaluator_throws_comes_through) {
  keep(chunk(1, 1, 7, 0, 1), std::vector<double>{20});
  EXPECT_THROW((void)result([](auto const&, auto const&, auto, auto) -> std::vector<double> {
                 throw cupti_error("refused", exit_code::no_device);
               }),
               cupti_error);
}

}  // namespace
}  // namespace flopwatch::test
