// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// FLOPs for each byte, and the lower ceiling. All captures are synthetic.
#include "flopwatch/roofline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "flopwatch/error.hpp"
#include "unit/synthetic/capture_builder.hpp"

namespace flopwatch {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char const* bytes_metric = "dram__bytes.sum";

ceilings made_up_ceilings() { return {peak::of_all(1000), 100.0, "a made-up chip"}; }

struct roofline_of : testing::Test {
  roofline_of() {
    metric(bytes_metric);
    a = c.scope(0, "a", 0);
    b = c.scope(0, "b", 0);
    mm = c.product(a, "aten::mm", 500);
    add = c.elementwise(b, "aten::add", 10);
    kernel = c.kernel("some_kernel");
  }
  void metric(char const* name) {
    metric_record m;
    m.id = static_cast<std::int64_t>(c.data.metrics.size()) + 1;
    m.name = name;
    c.data.metrics.push_back(m);
  }
  void launch_both() {
    c.launch(a, mm, kernel, {{ffma_metric_, 500}, {bytes_metric, 50}});
    c.launch(b, add, kernel, {{fadd_metric_, 10}, {bytes_metric, 40}});
  }
  roofline_row row(std::string const& path, ceilings const& limits = made_up_ceilings()) {
    auto const all = analyse(c.data);
    auto const rows = roofline(all, limits);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      if (all.tree.rows[r].path == path) return rows[r];
    }
    throw std::out_of_range("no row " + path);
  }
  test::capture_builder c;
  std::int64_t a = 0, b = 0, mm = 0, add = 0, kernel = 0;
  char const* ffma_metric_ = test::ffma_metric;
  char const* fadd_metric_ = test::fadd_metric;
};

TEST_F(roofline_of, a_module_is_its_flops_by_its_bytes) {
  launch_both();
  auto const product = row("a");
  EXPECT_EQ(product.flops, 1000);
  EXPECT_TRUE(product.flops_measured);
  EXPECT_EQ(product.bytes, 50);
  EXPECT_DOUBLE_EQ(product.intensity.value(), 20);
  EXPECT_EQ(product.limit, roofline_limit::compute) << "the ridge is at 10 FLOPs for each byte";
  EXPECT_DOUBLE_EQ(product.attainable.value(), 1000);
  auto const sum = row("b");
  EXPECT_DOUBLE_EQ(sum.intensity.value(), 0.25);
  EXPECT_EQ(sum.limit, roofline_limit::memory);
  EXPECT_DOUBLE_EQ(sum.attainable.value(), 25);
  auto const whole = row("");
  EXPECT_EQ(whole.bytes, 90);
  EXPECT_EQ(whole.launches, 2);
}

TEST_F(roofline_of, a_launch_without_bytes_is_counted_as_such) {
  launch_both();
  c.launch(a, mm, kernel, {{ffma_metric_, 1}});
  auto const r = row("a");
  EXPECT_EQ(r.bytes, 50);
  EXPECT_EQ(r.launches_without_bytes, 1);
  EXPECT_EQ(r.intensity, std::nullopt) << "with too few bytes it would be too high";
  EXPECT_THAT(roofline_text(analyse(c.data), made_up_ceilings()), HasSubstr("50+"));
}

TEST_F(roofline_of, reads_and_writes_are_added_up) {
  c.data.metrics.clear();
  metric("dram__bytes_read.sum");
  metric("dram__bytes_write.sum");
  c.launch(a, mm, kernel, {{ffma_metric_, 500}, {"dram__bytes_read.sum", 30}, {"dram__bytes_write.sum", 12}});
  c.launch(b, add, kernel,
           {{fadd_metric_, 10}, {"dram__bytes_read.sum", 30}, {"dram__bytes_write.sum", std::nullopt}});
  EXPECT_EQ(row("a").bytes, 42);
  EXPECT_EQ(row("b").bytes, std::nullopt) << "half of the traffic is no count";
}

TEST_F(roofline_of, scope_ranges_have_the_bytes_of_their_launches) {
  c.scope_range(a, 3, {{ffma_metric_, 500}, {bytes_metric, 77}});
  EXPECT_EQ(row("a").bytes, 77);
  EXPECT_EQ(row("a").launches, 3);
  EXPECT_EQ(row("").bytes, 77);
}

TEST_F(roofline_of, without_counters_takes_the_shapes) {
  c.launch(a, mm, kernel, {{bytes_metric, 50}});
  auto const r = row("a");
  EXPECT_EQ(r.flops, 1000);
  EXPECT_FALSE(r.flops_measured);
  EXPECT_DOUBLE_EQ(r.intensity.value(), 20);
}

TEST_F(roofline_of, shapes_that_lack_an_operator_give_no_intensity) {
  c.launch(a, mm, kernel, {{bytes_metric, 50}});
  auto const other = c.unsupported(b, "mine::fused");
  c.launch(b, add, kernel, {{fadd_metric_, 10}, {bytes_metric, 40}});
  c.launch(b, other, kernel, {{bytes_metric, 40}});
  EXPECT_TRUE(row("b").flops_partly);
  EXPECT_EQ(row("b").intensity, std::nullopt);
  EXPECT_EQ(row("b").limit, roofline_limit::unknown);
  EXPECT_TRUE(row("").flops_partly);
  EXPECT_FALSE(row("a").flops_partly);
  EXPECT_TRUE(row("a").intensity);
  auto const text = roofline_text(analyse(c.data), made_up_ceilings(), {.width = 80});
  EXPECT_THAT(text, HasSubstr("! NOT EXACT: "));
  EXPECT_THAT(text, HasSubstr("+ or more: operators ran in it that no rule counts"));
}

TEST_F(roofline_of, a_row_whose_source_is_another_is_marked) {
  c.launch(a, mm, kernel, {{bytes_metric, 50}});
  c.launch(b, add, kernel, {{fadd_metric_, 10}, {bytes_metric, 40}});
  EXPECT_FALSE(row("").flops_measured);
  EXPECT_TRUE(row("b").flops_measured);
  auto const text = roofline_text(analyse(c.data), made_up_ceilings(), {.width = 80});
  EXPECT_THAT(text, HasSubstr("10*"));
  EXPECT_THAT(text, HasSubstr("* read from counters"));
}

TEST_F(roofline_of, an_unknown_chip_has_no_limit) {
  launch_both();
  auto const r = row("a", {});
  EXPECT_DOUBLE_EQ(r.intensity.value(), 20);
  EXPECT_EQ(r.limit, roofline_limit::unknown);
  EXPECT_EQ(r.attainable, std::nullopt);
  EXPECT_THAT(roofline_text(analyse(c.data), {}), HasSubstr("not known: give --chip"));
}

TEST_F(roofline_of, a_capture_without_bytes_is_refused_with_the_remedy) {
  c.data.metrics.clear();
  c.launch(a, mm, kernel, {{ffma_metric_, 500}});
  try {
    static_cast<void>(roofline(analyse(c.data), {}));
    FAIL();
  } catch (usage_error const& e) {
    EXPECT_THAT(e.what(), HasSubstr("record it with the metrics roofline"));
  }
}

TEST_F(roofline_of, the_text_fits_and_says_what_it_is) {
  launch_both();
  auto const text = roofline_text(analyse(c.data), made_up_ceilings(), {.width = 80});
  EXPECT_THAT(text, HasSubstr("SYNTHETIC"));
  EXPECT_THAT(text, HasSubstr("10.0 FLOP/byte: below it memory is the lower ceiling"));
  EXPECT_THAT(text, Not(HasSubstr("second:")));
}

TEST_F(roofline_of, json_has_every_row) {
  launch_both();
  auto const all = analyse(c.data);
  auto const j = nlohmann::json::parse(roofline_json(all, made_up_ceilings()));
  ASSERT_EQ(j.at("rows").size(), all.tree.rows.size());
  EXPECT_EQ(j.at("rows")[0].at("dram_bytes"), 90);
  EXPECT_EQ(j.at("dram_bytes_per_second"), 100.0);
  EXPECT_EQ(j.at("rows")[1].at("lower_ceiling"), "compute");
}

TEST(ceilings, of_a_chip_are_its_peak_and_its_memory) {
  auto const h200 = ceilings_of_chip("NVIDIA H200");
  EXPECT_DOUBLE_EQ(h200.bytes_per_second.value(), 4.8e12);
  EXPECT_TRUE(h200.compute);
  auto const a100 = ceilings_of_chip("A100");
  EXPECT_FALSE(a100.bytes_per_second) << "it is sold with several memories";
  EXPECT_THAT(a100.words, HasSubstr("give --bandwidth"));
  EXPECT_THROW(static_cast<void>(ceilings_of_chip("Strange 1")), usage_error);
}

}  // namespace
}  // namespace flopwatch
