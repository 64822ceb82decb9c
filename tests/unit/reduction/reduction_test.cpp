// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// What one capture is reduced to. All captures are synthetic.
#include "reduction/reduction.hpp"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "capture/writer.hpp"
#include "flopwatch/diagnostics.hpp"
#include "flopwatch/error.hpp"
#include "reduction/places.hpp"
#include "unit/reduction/lines_of.hpp"
#include "unit/synthetic/capture_builder.hpp"

namespace flopwatch::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

line scope_line(std::vector<reduction::table> const& tables, std::string const& path,
                std::string const& phase = "forward") {
  for (auto const& l : lines_of(tables, "scopes")) {
    if (l.at("path") == path && l.at("phase") == phase) return l;
  }
  throw std::out_of_range("no line of " + path);
}

struct reduced_scopes : testing::Test {
  reduced_scopes() {
    a = c.scope(0, "a", 0);
    inner = c.scope(a, "a.inner", 0);
    mm = c.product(inner, "aten::mm", 50);
    add = c.elementwise(a, "aten::add", 10);
    kernel = c.kernel("some_kernel");
  }
  std::vector<reduction::table> reduced() { return reduction::reduce(c.data); }
  capture_builder c;
  std::int64_t a = 0, inner = 0, mm = 0, add = 0, kernel = 0;
};

TEST_F(reduced_scopes, have_the_sums_of_everything_below) {
  c.launch(inner, mm, kernel, {{ffma_metric, 50}});
  c.launch(a, add, kernel, {{fadd_metric, 10}});
  c.launch(a, 0, kernel, {{hfma_metric, 3}});
  auto const tables = reduced();
  auto const top = scope_line(tables, "a");
  EXPECT_EQ(top.at("operator_macs"), "50");
  EXPECT_EQ(top.at("operator_other_flops"), "10");
  EXPECT_EQ(top.at("launches"), "3");
  EXPECT_EQ(top.at("measured_multiply_add_flops"), "100");
  EXPECT_EQ(top.at("measured_other_flops"), "10");
  EXPECT_EQ(top.at("measured_outside_flops"), "6") << "the floor of a range";
  EXPECT_EQ(top.at("measured_outside_flops_ceiling"), "12");
  EXPECT_EQ(top.at("exact"), "1");
  EXPECT_EQ(scope_line(tables, "a.inner").at("measured_other_flops"), "0");
  EXPECT_EQ(scope_line(tables, "a.inner").at("parent_row"), top.at("row"));
}

TEST_F(reduced_scopes, keep_what_was_not_collected_apart_from_0) {
  c.launch(inner, mm, kernel, {{ffma_metric, 50}});
  c.launch(a, add, kernel, {{fadd_metric, std::nullopt}});
  auto const top = scope_line(reduced(), "a");
  EXPECT_EQ(top.at("measured_multiply_add_flops"), "100");
  EXPECT_EQ(top.at("measured_other_flops"), std::nullopt);
  EXPECT_EQ(top.at("unmeasured_launches"), "1");
}

TEST_F(reduced_scopes, of_a_run_without_counters_have_no_measured_sum) {
  auto const top = scope_line(reduced(), "a");
  EXPECT_EQ(top.at("measured_multiply_add_flops"), std::nullopt);
  EXPECT_EQ(top.at("operator_macs"), "50");
}

TEST_F(reduced_scopes, have_a_line_for_each_phase_that_ran) {
  c.call_at(add).phase = phase::backward;
  auto const tables = reduced();
  EXPECT_EQ(scope_line(tables, "a", "backward").at("operator_other_flops"), "10");
  EXPECT_EQ(scope_line(tables, "a", "backward").at("calls"), std::nullopt) << "they are in one line alone";
  EXPECT_EQ(scope_line(tables, "a").at("operator_other_flops"), "0");
  EXPECT_THROW(scope_line(tables, "a.inner", "backward"), std::out_of_range);
}

TEST_F(reduced_scopes, are_not_exact_above_an_operator_without_a_rule) {
  auto const b = c.scope(0, "b", 0);
  c.unsupported(inner, "my::op");
  auto const tables = reduced();
  EXPECT_EQ(scope_line(tables, "a").at("exact"), "0");
  EXPECT_EQ(scope_line(tables, "b").at("exact"), "1") << b;
  EXPECT_EQ(lines_of(tables, "processes").at(0).at("exact"), "0");
}

TEST_F(reduced_scopes, are_not_exact_after_an_error) {
  c.loss("rule_failed");
  auto const tables = reduced();
  EXPECT_EQ(scope_line(tables, "a.inner").at("exact"), "0");
  EXPECT_EQ(lines_of(tables, "losses").at(0).at("severity"), "error");
}

TEST_F(reduced_scopes, add_launches_up_by_kernel_and_metric) {
  auto const same = c.kernel("some_kernel");
  c.launch(inner, mm, kernel, {{ffma_metric, 50}, {"l2__bytes.sum", 7}});
  c.launch(inner, mm, same, {{ffma_metric, 1}, {"l2__bytes.sum", std::nullopt}});
  auto const tables = reduced();
  auto const kernels = lines_of(tables, "kernels");
  ASSERT_EQ(kernels.size(), 1U) << "kernels of one name are one";
  EXPECT_EQ(kernels[0].at("launches"), "2");
  EXPECT_EQ(kernels[0].at("flops"), "102");
  EXPECT_EQ(kernels[0].at("class"), "multiply_add");
  auto const metrics = lines_of(tables, "measured");
  ASSERT_EQ(metrics.size(), 2U);
  EXPECT_EQ(metrics[0].at("metric"), "l2__bytes.sum");
  EXPECT_EQ(metrics[0].at("sum"), std::nullopt);
  EXPECT_EQ(metrics[0].at("flops"), std::nullopt);
  EXPECT_EQ(metrics[0].at("precision"), std::nullopt);
  EXPECT_EQ(metrics[1].at("sum"), "51");
  EXPECT_EQ(metrics[1].at("flops"), "102");
  EXPECT_EQ(metrics[1].at("precision"), "fp32");
  EXPECT_EQ(metrics[1].at("launches"), "2");
}

TEST_F(reduced_scopes, have_sums_beyond_64_bits) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  c.call_at(mm).total = {most, most, 0};
  c.product(inner, "aten::bmm", most);
  c.launch(inner, mm, kernel, {{ffma_metric, most}});
  c.launch(a, mm, c.kernel("another"), {{ffma_metric, most}});
  auto const tables = reduced();
  auto const top = scope_line(tables, "a");
  EXPECT_EQ(top.at("operator_macs"), "18446744073709551614");
  EXPECT_EQ(top.at("measured_multiply_add_flops"), "36893488147419103228");
  EXPECT_EQ(top.at("exact"), "1");
  EXPECT_THAT(lines_of(tables, "losses"), IsEmpty());
}

TEST_F(reduced_scopes, have_the_launches_of_a_scope_range_once) {
  c.launch(inner, mm, kernel, {}).in_scope_range = true;
  c.data.launch_groups.back().plan = 0;
  c.scope_range(a, 1, {{ffma_metric, 20}});
  auto const tables = reduced();
  auto const top = scope_line(tables, "a");
  EXPECT_EQ(top.at("launches"), "1");
  EXPECT_EQ(top.at("measured_range_flops"), "40");
  EXPECT_EQ(top.at("ranges_match"), "1");
  EXPECT_EQ(scope_line(tables, "a.inner").at("ranges_match"), "0");
  auto const kernels = lines_of(tables, "kernels");
  ASSERT_EQ(kernels.size(), 2U);
  EXPECT_EQ(kernels[0].at("kernel"), std::nullopt);
  EXPECT_EQ(kernels[0].at("scope_range_launches"), "1");
  EXPECT_EQ(kernels[1].at("flops"), std::nullopt) << "they have none of their own";
}

TEST_F(reduced_scopes, have_columns_without_lines) {
  capture_builder empty;
  auto const tables = reduction::reduce(empty.data);
  for (auto const& t : tables) {
    EXPECT_FALSE(t.columns().empty()) << t.name();
    EXPECT_EQ(lines_of(tables, t.name()).size(), t.name() == "scopes" || t.name() == "processes" ? 1U : 0U);
  }
}

TEST(reduction, knows_sums_that_a_report_loses) {
  auto w = capture_writer::in_memory();
  w.add(scope_record{1, 0, "a", "A", 0, 1, phase::forward, 1});
  w.add(kernel_record{1, "some_kernel", ""});
  w.add_plan(1, {{1, 1, ffma_metric, "inst", 0}});
  for (std::int64_t i = 1; i < 4; ++i) {
    launch_record r;
    r.id = r.order = i;
    r.kernel = r.plan = r.scope = 1;
    r.counters = {0x1p62};
    w.add(r);
  }
  w.close();
  auto const data = read_back(std::move(w)).load();
  ASSERT_EQ(data.losses.size(), 1U);
  EXPECT_EQ(data.losses[0].kind, loss::count_overflow.name);
  auto const tables = reduction::reduce(data);
  EXPECT_THAT(lines_of(tables, "losses"), IsEmpty());
  EXPECT_EQ(scope_line(tables, "a").at("measured_outside_flops"), "27670116110564327424");
  EXPECT_EQ(scope_line(tables, "a").at("exact"), "1");
  EXPECT_EQ(lines_of(tables, "measured").at(0).at("sum"), "13835058055282163712");
}

TEST(reduction, says_that_a_sum_of_the_formula_is_at_the_limit) {
  capture_builder c;
  auto const root = c.placed_module(0, "", "Root");
  for (auto const* name : {"x", "y"}) {
    auto const m = c.placed_module(root, name, "Linear", rule_origin::thop);
    c.formula(m, m, std::numeric_limits<std::int64_t>::max() - 1);
  }
  auto const tables = reduction::reduce(c.data);
  EXPECT_EQ(lines_of(tables, "losses").at(0).at("kind"), "count_overflow");
  EXPECT_EQ(scope_line(tables, "x").at("exact"), "0");
}

TEST_F(reduced_scopes, refuse_a_capture_of_several_processes) {
  c.data.processes.resize(2);
  EXPECT_THROW(
      {
        try {
          reduced();
        } catch (capture_error const& e) {
          EXPECT_THAT(e.what(), testing::HasSubstr("export the captures that it was merged from"));
          throw;
        }
      },
      capture_error);
}

TEST(reduction, refuses_a_number_of_more_than_38_digits) {
  reduction::table t("t");
  wide_integer v = 1;
  for (int i = 0; i < 37; ++i) v *= 10;
  t.wide("v", 9 * v);
  EXPECT_THROW(t.wide("v", 10 * v), overflow_error);
  EXPECT_THROW(t.wide("v", -10 * v), overflow_error);
}

TEST(reduction, writes_texts_as_utf_8) {
  reduction::table t("t");
  t.text("v", "a\xff\xe6\xb3\xa8");
  EXPECT_EQ(t.columns()[0].words[0], "a\xef\xbf\xbd\xe6\xb3\xa8");
}

TEST(places, name_each_row_by_its_way_from_the_root) {
  std::vector<module_row> rows(5);
  for (std::size_t i = 1; i < rows.size(); ++i) rows[i].parent = i == 2 ? 1 : 0;
  rows[1].label = "a/b";
  rows[2].label = "c#";
  rows[3].label = rows[4].label = "d";
  EXPECT_THAT(reduction::places_of(rows), ElementsAre("", "a\\/b", "a\\/b/c\\#", "d", "d#2"));
}

}  // namespace
}  // namespace flopwatch::test
