// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/diff.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "flopwatch/diagnostics.hpp"
#include "flopwatch/error.hpp"
#include "unit/report/golden_file.hpp"
#include "unit/synthetic/capture_builder.hpp"

namespace flopwatch::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

struct synthetic_sizes {
  std::int64_t first_macs = 1000, second_macs = 2000, other_flops = 50;
  bool third = false;
  std::string name_of_second = "second";
  bool measured = true;
};

/// A model of two or three layers.
analysis model_of(synthetic_sizes const& s) {
  capture_builder b;
  b.data.info = info_without_gpu();
  auto const root = b.placed_module(0, "", "Model");
  auto const first = b.placed_module(root, "first", "Linear", rule_origin::thop);
  auto const one = b.product(first, "aten::mm", s.first_macs);
  b.formula(first, first, s.first_macs);
  auto const second = b.placed_module(root, s.name_of_second, "Linear", rule_origin::thop);
  auto const two = b.product(second, "aten::mm", s.second_macs);
  b.formula(second, second, s.second_macs);
  b.elementwise(root, "aten::relu", s.other_flops);
  if (s.third) b.product(b.placed_module(root, "third", "Conv2d"), "aten::conv", 7);
  if (s.measured) {
    auto const kernel = b.kernel("gemm");
    b.launch(first, one, kernel, {{ffma_metric, s.first_macs}});
    b.launch(second, two, kernel, {{ffma_metric, s.second_macs}});
    b.data.metrics.push_back({1, 1, ffma_metric, "inst", 0});
  }
  return analyse(b.data);
}

diff_row const& row_of(capture_diff const& d, std::string const& name) {
  for (auto const& r : d.rows) {
    if (r.name == name) return r;
  }
  throw std::out_of_range(name);
}

std::string refusal_of_limit(std::string const& text) {
  try {
    static_cast<void>(parse_increase_limit(text));
  } catch (usage_error const& e) {
    return e.what();
  }
  return "";
}

TEST(diff, a_capture_does_not_differ_from_itself) {
  auto const a = model_of({});
  auto const d = diff(a, "a", a, "b");
  for (auto const& r : d.rows) EXPECT_FALSE(r.changed()) << r.name;
  EXPECT_TRUE(d.unlike.empty());
  EXPECT_THAT(diff_text(d), HasSubstr("No module changed"));
  EXPECT_EQ(diff_exit_code(d, {}), exit_code::good);
}

TEST(diff, figures_include_what_is_below) {
  auto const d = diff(model_of({}), "a", model_of({.first_macs = 1300, .other_flops = 40}), "b");
  auto const& first = row_of(d, "first");
  EXPECT_EQ(first.of(diff_figure::operator_macs).change(), 300);
  EXPECT_EQ(first.of(diff_figure::measured_flops).change(), 600);
  EXPECT_EQ(first.of(diff_figure::formula_macs).change(), 300);
  EXPECT_EQ(d.whole().of(diff_figure::operator_macs).change(), 300);
  EXPECT_EQ(d.whole().of(diff_figure::operator_other_flops).change(), -10);
  EXPECT_FALSE(row_of(d, "second").changed());
  EXPECT_EQ(d.rows[0].name, "(root)") << "the largest change first, in the order of the tree";
  EXPECT_EQ(d.rows[1].name, "first");
}

TEST(diff, largest_changes_come_first_whatever_their_sign) {
  auto const d = diff(model_of({}), "a", model_of({.first_macs = 1100, .second_macs = 1000}), "b");
  EXPECT_EQ(d.rows[0].name, "second") << "-1000 MACs; the whole lost 900";
  EXPECT_EQ(d.rows[1].name, "(root)");
  EXPECT_EQ(d.rows[2].name, "first");
}

TEST(diff, modules_that_one_capture_lacks_did_nothing_there) {
  auto const d = diff(model_of({.name_of_second = "old"}), "a", model_of({.third = true}), "b");
  EXPECT_FALSE(row_of(d, "second").in_a);
  EXPECT_EQ(row_of(d, "second").of(diff_figure::operator_macs).a, 0);
  EXPECT_FALSE(row_of(d, "old").in_b);
  EXPECT_EQ(row_of(d, "old").of(diff_figure::operator_macs).change(), -2000);
  EXPECT_THAT(diff_text(d), AllOf(HasSubstr("2 in B alone (+), 1 in A alone (-)"), HasSubstr("+ third"),
                                  HasSubstr("- old")));
}

TEST(diff, a_column_that_one_capture_lacks_is_not_zero) {
  auto const d = diff(model_of({}), "a", model_of({.measured = false}), "b");
  EXPECT_EQ(d.whole().of(diff_figure::measured_flops).b, std::nullopt);
  EXPECT_EQ(d.whole().of(diff_figure::measured_flops).change(), std::nullopt);
  EXPECT_THAT(d.unlike, testing::Contains(std::string("Measured figures are in A alone.")));
  EXPECT_TRUE(increases_above(d, {0.0, {}}).empty());
  EXPECT_FALSE(row_of(d, "first").changed());
}

TEST(diff, what_is_hard_to_compare_is_named) {
  auto a = model_of({});
  auto b = model_of({});
  b.capture.info[info_key::gpu] = "NVIDIA Synthetic";
  b.capture.metrics[0].name = "other";
  auto const d = diff(a, "a", b, "b");
  EXPECT_THAT(d.unlike, testing::Contains(std::string("GPU: not recorded in A, NVIDIA Synthetic in B.")));
  EXPECT_THAT(d.unlike, testing::Contains(std::string("The measured figures are of other metrics.")));
  EXPECT_THAT(diff_text(d), HasSubstr("! GPU: not recorded in A"));
}

TEST(diff, lost_data_is_said_and_ends_with_5) {
  auto b = model_of({});
  b.capture.losses.push_back(make_loss(loss::rows_dropped, 1));
  auto const d = diff(model_of({}), "a", b, "b");
  EXPECT_THAT(diff_text(d), HasSubstr("! NOT EXACT: B lost data (rows_dropped)"));
  EXPECT_EQ(diff_exit_code(d, {}), exit_code::data_loss);
  EXPECT_EQ(nlohmann::json::parse(diff_json(d))["exact"], false);
}

TEST(diff, an_increase_above_the_limit_is_named_and_ends_with_1) {
  auto const d = diff(model_of({}), "a", model_of({.first_macs = 1021, .measured = true}), "b");
  diff_options options;
  options.limit = parse_increase_limit("2%");
  options.limit_text = "2%";
  EXPECT_EQ(diff_exit_code(d, options), exit_code::check_failed);
  EXPECT_THAT(diff_text(d, options), AllOf(HasSubstr("3 figures rose by more than 2%"),
                                           HasSubstr("first  operator MACs from 1,000 to 1,021 (+2.1%)")));
  options.limit = parse_increase_limit("2.1%");
  EXPECT_EQ(diff_exit_code(d, options), exit_code::good) << "not above: equal to it";
  options.limit = parse_increase_limit("20");
  EXPECT_EQ(diff_exit_code(d, options), exit_code::check_failed);
  options.limit = parse_increase_limit("42");
  EXPECT_EQ(diff_exit_code(d, options), exit_code::good) << "42 measured FLOPs are not above";
}

TEST(diff, a_new_module_rises_from_nothing) {
  auto const d = diff(model_of({}), "a", model_of({.third = true}), "b");
  auto const found = increases_above(d, parse_increase_limit("50%"));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(d.rows[found[0].row].name, "third");
}

TEST(diff, a_decrease_is_no_increase) {
  auto const d = diff(model_of({.first_macs = 5000}), "a", model_of({}), "b");
  EXPECT_TRUE(increases_above(d, parse_increase_limit("0%")).empty());
}

TEST(diff, limits_are_shares_or_numbers) {
  EXPECT_DOUBLE_EQ(*parse_increase_limit("2%").share, 0.02);
  EXPECT_DOUBLE_EQ(*parse_increase_limit("0.5 %").share, 0.005);
  EXPECT_EQ(parse_increase_limit("2.5G").absolute, 2'500'000'000);
  EXPECT_EQ(parse_increase_limit("0").absolute, 0);
  for (auto const* text : {"", "x", "2x", "-1%", "2%%", "nan", "inf", "1e300", "99999P"}) {
    EXPECT_THAT(refusal_of_limit(text), HasSubstr("is no limit on an increase")) << text;
  }
}

TEST(diff, rows_of_one_path_are_compared_by_type) {
  auto a = model_of({});
  auto b = model_of({});
  b.tree.rows[1].type = "Conv2d";
  auto const d = diff(a, "a", b, "b");
  EXPECT_THAT(diff_text(d), HasSubstr("1 in B alone (+), 1 in A alone (-)"));
}

TEST(golden_diff, text_and_json) {
  auto const d =
      diff(model_of({.name_of_second = "old"}), "before.flops",
           model_of({.first_macs = 123'456'789'012, .other_flops = 49, .third = true}), "after.flops");
  diff_options options;
  options.limit = parse_increase_limit("2%");
  options.limit_text = "2%";
  for (int const width : {80, 200}) {
    options.width = width;
    check_golden("diff-" + std::to_string(width) + ".txt", diff_text(d, options));
  }
  check_golden("diff.json", diff_json(d, options));
}

}  // namespace
}  // namespace flopwatch::test
