// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// Random synthetic captures: the lines of the reduction add up to what a report shows.
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "flopwatch/report.hpp"
#include "unit/reduction/lines_of.hpp"
#include "unit/synthetic/capture_builder.hpp"
#include "unit/synthetic/model.hpp"
#include "unit/synthetic/random_model.hpp"

namespace flopwatch::test {
namespace {

wide_integer number(std::optional<std::string> const& text) { return std::stoll(text.value()); }

/// A random model, with launches of every kind.
capture_data random_capture(unsigned seed) {
  auto modules = random_model(seed);
  capture_builder c;
  c.data = recorded(modules[0]);
  std::mt19937 engine(seed);
  auto const upto = [&](unsigned n) { return static_cast<std::int64_t>(engine() % (n + 1)); };
  std::vector<std::int64_t> kernels;
  for (auto const* name : {"gemm", "hmma_gemm", "elementwise", "gemm"}) kernels.push_back(c.kernel(name));
  auto const graph = c.kernel("(CUDA graph 1)");
  auto const scopes = c.data.scopes.size(), calls = c.data.operator_calls.size();
  bool const by_scope = upto(3) == 0;
  for (auto& call : c.data.operator_calls) call.phase = all_phases[static_cast<std::size_t>(upto(3))];
  for (auto n = upto(30); n > 0; --n) {
    auto& g = c.launch(upto(static_cast<unsigned>(scopes)), upto(static_cast<unsigned>(calls)),
                       kernels[static_cast<std::size_t>(upto(3))],
                       {{ffma_metric, upto(1000)}, {hadd_metric, upto(100)}, {"l2__bytes.sum", upto(9)}});
    g.launches = 1 + upto(4);
    g.phase = all_phases[static_cast<std::size_t>(upto(3))];
    if (upto(2) == 0) g.sums[tensor_metric] = upto(4000);
    if (upto(9) == 0) g.sums[ffma_metric].reset();
    if (upto(9) == 0) g.plan = 0;
    if (upto(9) == 0) g.graph = graph;
    if (upto(5) == 0) g.reused = true;
    if (by_scope && g.graph == 0 && upto(1) == 0) g.in_scope_range = true;
  }
  for (auto n = by_scope ? upto(4) : 0; n > 0; --n) {
    c.scope_range(upto(static_cast<unsigned>(scopes)), upto(6), {{ffma_metric, upto(500)}});
  }
  return c.data;
}

/// The sum over the phases of one row.
struct row_total {
  std::optional<wide_integer> of(std::vector<line> const& lines, std::size_t row, std::string const& column) {
    wide_integer sum = 0;
    for (auto const& l : lines) {
      if (number(l.at("row")) != static_cast<wide_integer>(row)) continue;
      if (!l.at(column)) return std::nullopt;
      sum += number(l.at(column));
    }
    return sum;
  }
};

void expect_equal(std::optional<wide_integer> const& a, std::optional<std::int64_t> const& b,
                  std::string const& where) {
  ASSERT_EQ(a.has_value(), b.has_value()) << where;
  if (a) {
    EXPECT_TRUE(*a == *b) << where << ": " << decimal(*a) << " and " << *b;
  }
}

void expect_the_report(analysis const& a, std::vector<reduction::table> const& tables) {
  auto const lines = lines_of(tables, "scopes");
  row_total sum;
  bool const collected = a.tree.measured_collected;
  for (std::size_t r = 0; r < a.tree.rows.size(); ++r) {
    auto const& row = a.tree.rows[r];
    auto const& m = row.shown_measured();
    auto const where = "row " + std::to_string(r);
    expect_equal(sum.of(lines, r, "operator_macs"), row.shown_total().macs, where);
    expect_equal(sum.of(lines, r, "operator_useful_macs"), row.shown_total().useful_macs, where);
    expect_equal(sum.of(lines, r, "operator_other_flops"), row.shown_total().other_flops, where);
    expect_equal(sum.of(lines, r, "launches"), m.launches, where);
    expect_equal(sum.of(lines, r, "unmeasured_launches"), m.unmeasured_launches, where);
    expect_equal(sum.of(lines, r, "reused_launches"), m.reused_launches, where);
    expect_equal(sum.of(lines, r, "launches_in_scope_ranges"), m.launches_in_ranges, where);
    expect_equal(sum.of(lines, r, "scope_range_launches"), m.range_launches, where);
    expect_equal(sum.of(lines, r, "launches_without_tensor_metrics"), m.launches_without_tensor_metrics,
                 where);
    auto const shown = [&](std::optional<std::int64_t> const& v) { return collected ? v : std::nullopt; };
    expect_equal(sum.of(lines, r, "measured_multiply_add_flops"), shown(m.multiply_add_flops), where);
    expect_equal(sum.of(lines, r, "measured_other_flops"), shown(m.other_flops), where);
    expect_equal(sum.of(lines, r, "measured_outside_flops"), shown(m.outside_flops), where);
    expect_equal(sum.of(lines, r, "measured_range_flops"), shown(m.range_flops), where);
    for (auto const& l : lines) {
      if (number(l.at("row")) != static_cast<wide_integer>(r) || l.at("phase") != "forward") continue;
      EXPECT_EQ(l.at("ranges_match"), m.launches_in_ranges == m.range_launches ? "1" : "0") << where;
      EXPECT_EQ(l.at("formula_macs").has_value(), a.differences.rows[r].formula_macs.has_value());
      if (l.at("formula_macs")) {
        EXPECT_EQ(number(l.at("formula_macs")), *a.differences.rows[r].formula_macs);
      }
    }
  }
}

void expect_kernels_add_up(analysis const& a, std::vector<reduction::table> const& tables) {
  std::map<std::string, wide_integer> by_class;
  std::set<std::string> missing;
  std::int64_t launches = 0;
  for (auto const& l : lines_of(tables, "kernels")) {
    auto const kind = *l.at("class");
    launches += std::stoll(*l.at("launches"));
    if (l.at("flops")) by_class[kind] += number(l.at("flops"));
    if (!l.at("flops") && l.at("launches_in_scope_ranges") == "0") missing.insert(kind);
    if (l.at("launches_without_tensor_metrics") != "0") {
      EXPECT_EQ(l.at("flops"), std::nullopt) << "half a sum";
    }
  }
  auto const& m = a.tree.measured_total;
  EXPECT_EQ(launches, m.launches);
  auto const expect = [&](std::string const& kind, std::optional<std::int64_t> const& flops) {
    if (!missing.contains(kind)) {
      expect_equal(by_class[kind], flops, kind);
    } else {
      EXPECT_TRUE(!flops || (kind == "multiply_add" && m.launches_without_tensor_metrics != 0)) << kind;
    }
  };
  expect("multiply_add", m.multiply_add_flops);
  expect("other", m.other_flops);
  expect("outside", m.outside_flops);
  expect("range", m.range_flops);
}

TEST(reduction, of_random_captures_adds_up_to_their_reports) {
  int measured = 0, by_scope = 0;
  for (unsigned seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    auto const capture = random_capture(seed);
    auto const tables = reduction::reduce(capture);
    auto const a = analyse(capture);
    expect_the_report(a, tables);
    expect_kernels_add_up(a, tables);
    measured += a.tree.measured_collected ? 1 : 0;
    by_scope += a.tree.measured_by_scope ? 1 : 0;
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GT(measured, 200);
  EXPECT_GT(by_scope, 20);
}

}  // namespace
}  // namespace flopwatch::test
