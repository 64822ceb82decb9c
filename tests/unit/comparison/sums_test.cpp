// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "flopwatch/executed.hpp"
#include "unit/comparison/verdict_text.hpp"
#include "unit/synthetic/capture_builder.hpp"
#include "unit/synthetic/random_model.hpp"

namespace flopwatch::test {
namespace {

/// Leaves a module's calls out of the recorded forward, while the formula's own had them. Where they are
/// fused the scope around them does the work; otherwise nothing does.
void leave_out(capture_data& d, std::int64_t scope, bool fused) {
  std::vector<bool> left_out(d.scopes.size() + 1, false);
  auto const around = d.scopes[static_cast<std::size_t>(scope - 1)].parent;
  for (auto& s : d.scopes) {
    auto const at = static_cast<std::size_t>(s.id);
    left_out[at] = s.id == scope || left_out[static_cast<std::size_t>(s.parent)];
    if (left_out[at]) s.entries = 0;
  }
  for (auto& call : d.operator_calls) {
    if (!left_out[static_cast<std::size_t>(call.scope)]) continue;
    call.scope = around;
    if (!fused) call.total = {};
  }
}

/// Adds what a recording can hold in addition to a forward: other phases, operators without a rule, work
/// outside every scope, data losses, and counters that are right, too high, too low or missing.
void add_faults(capture_data& d, unsigned seed) {
  std::mt19937 engine(seed);
  auto const chance = [&](unsigned percent) { return engine() % 100 < percent; };
  auto const upto = [&](unsigned n) { return static_cast<std::int64_t>(engine() % (n + 1)); };
  capture_builder c;
  std::swap(c.data, d);
  auto const scopes = static_cast<unsigned>(c.data.scopes.size());
  if (scopes > 1 && chance(30)) leave_out(c.data, 2 + upto(scopes - 2), chance(70));
  for (auto n = upto(4); n > 0; --n) {
    auto const scope = upto(scopes);
    auto const id = chance(50) ? c.product(scope, "aten::mm", upto(30), upto(5))
                               : c.elementwise(scope, "aten::exp", upto(30));
    if (chance(60)) c.call_at(id).phase = static_cast<phase>(1 + upto(2));
    if (chance(30)) c.call_at(id).total.useful_macs /= 2;
  }
  for (auto n = upto(2); n > 0; --n) {
    c.unsupported(upto(scopes), chance(50) ? "my::op" : "my::other_op",
                  chance(50) ? operator_status::unsupported : operator_status::partly_counted);
  }
  for (auto const* kind : {"module_without_scope", "rule_failed"}) {
    if (chance(20)) c.loss(kind);
  }
  if (chance(20)) c.module_at(1 + upto(static_cast<unsigned>(c.data.modules.size()) - 1)).opens_scope = false;
  if (chance(20)) return std::swap(c.data, d);
  auto const kernel = c.kernel("ampere_sgemm_64x32");
  auto const other = c.kernel("fft2d_r2c_32x32");
  for (auto& call : c.data.operator_calls) {
    if (chance(10)) continue;
    auto const exact = 2 * call.total.macs + call.total.other_flops;
    auto const flops = chance(60) ? exact : upto(static_cast<unsigned>(3 * exact));
    auto& g = c.launch(call.scope, call.id, chance(50) ? kernel : other,
                       {{fadd_metric, flops % 2}, {ffma_metric, flops / 2}});
    g.phase = call.phase;
    if (chance(3)) g.plan = 0;
  }
  for (auto n = upto(2); n > 0; --n) {
    c.launch(upto(scopes), 0, kernel, {{fadd_metric, upto(9)}}).phase = static_cast<phase>(upto(2));
  }
  std::swap(c.data, d);
}

/// Three of four have faults.
capture_data random_capture(unsigned seed) {
  auto model = random_model(seed);
  auto capture = recorded(model[0]);
  if (seed % 4 != 0) add_faults(capture, seed);
  return capture;
}

void expect_exact(attribution const& tree, comparison const& result, std::size_t r, columns between,
                  std::optional<std::int64_t> difference, std::set<verdict_kind>& kinds) {
  std::int64_t sum = 0;
  std::size_t count = 0;
  std::set<std::pair<verdict_kind, std::size_t>> once;
  std::int64_t folded = 0;
  for (auto const& v : result.rows[r].verdicts) {
    if (v.between != between) continue;
    ++count;
    kinds.insert(v.kind);
    sum += v.amount;
    EXPECT_LT(v.row, tree.rows.size());
    EXPECT_FALSE(v.cause.empty());
    bool const equal = v.kind == verdict_kind::agrees || v.kind == verdict_kind::equal_as_counted;
    EXPECT_EQ(v.remedy.empty(), equal) << to_string(v.kind);
    EXPECT_NE(v.kind, verdict_kind::unexplained) << v.cause;
    if (!once.emplace(v.kind, v.row).second) ++folded;
  }
  EXPECT_EQ(sum, difference.value_or(0)) << to_string(result.rows[r].verdicts.front().kind);
  EXPECT_TRUE(!difference || count > 0);
  EXPECT_TRUE(r != 0 || folded == 0);
}

/// Below a rule that covers a row, the formula side shows what agrees and what was not counted.
void expect_no_blame(std::vector<verdict> const& verdicts) {
  for (auto const& v : verdicts) {
    if (v.between != columns::formula_operator) continue;
    EXPECT_EQ(v.amount, 0) << v.cause;
    EXPECT_TRUE(v.kind == verdict_kind::agrees || v.kind == verdict_kind::equal_as_counted ||
                v.kind == verdict_kind::unsupported_operator || v.kind == verdict_kind::partly_counted)
        << v.cause;
  }
}

TEST(sums, of_the_amounts_are_the_differences_on_random_models) {
  std::set<verdict_kind> kinds;
  for (unsigned seed = 0; seed < 4000; ++seed) {
    SCOPED_TRACE(seed);
    auto const capture = random_capture(seed);
    auto const tree = attribute(capture);
    auto const result = compare(capture, tree);
    ASSERT_EQ(result.rows.size(), tree.rows.size());
    ASSERT_EQ(result.rows[0].formula_macs, tree.formula_macs);
    for (std::size_t r = 0; r < tree.rows.size(); ++r) {
      SCOPED_TRACE(tree.rows[r].path);
      auto const& row = result.rows[r];
      ASSERT_EQ(row.formula_minus_operator, *row.formula_macs - tree.rows[r].total.macs);
      if (row.formula_hidden) {
        expect_no_blame(result.rows[r].verdicts);
      } else {
        expect_exact(tree, result, r, columns::formula_operator, row.formula_minus_operator, kinds);
      }
      if (row.measured_minus_operator) {
        auto const& t = tree.rows[r];
        ASSERT_EQ(*row.measured_minus_operator,
                  *t.measured.total_flops() - 2 * t.total.macs - t.total.other_flops);
      }
      expect_exact(tree, result, r, columns::measured_operator, row.measured_minus_operator, kinds);
      if (HasFailure()) return;
    }
  }
  // Every kind came up, but those that need a special capture or must never come up.
  for (int k = 0; k < verdict_kind_count; ++k) {
    auto const kind = static_cast<verdict_kind>(k);
    // The random models are of fp32, and have all metrics.
    if (kind == verdict_kind::unexplained || kind == verdict_kind::tensor_work_not_collected ||
        kind == verdict_kind::half_run_as_fma)
      continue;
    EXPECT_TRUE(kinds.contains(kind)) << to_string(kind);
  }
}

TEST(sums, of_the_parts_are_what_ran_on_random_models) {
  std::set<executed_part> seen;
  for (unsigned seed = 0; seed < 2000; ++seed) {
    SCOPED_TRACE(seed);
    auto const capture = random_capture(seed);
    auto const tree = attribute(capture);
    auto const result = compare(capture, tree);
    auto const parts = take_apart(capture, tree, result);
    ASSERT_EQ(parts.size(), tree.rows.size());
    for (std::size_t r = 0; r < parts.size(); ++r) {
      auto const& t = tree.rows[r];
      auto const& e = parts[r];
      auto const by_shapes = 2 * t.total.macs + t.total.other_flops;
      ASSERT_EQ(e.flops.total(), e.measured ? *t.measured.total_flops() : by_shapes) << t.path;
      ASSERT_EQ(e.measured, result.rows[r].measured_minus_operator.has_value());
      ASSERT_TRUE(e.by_precision);
      executed_flops formats;
      for (auto const& [format, of_one] : *e.by_precision) {
        for (auto const p : all_executed_parts) formats[p] += of_one[p];
      }
      ASSERT_EQ(formats.total(), by_shapes) << t.path;
      for (auto const p : {executed_part::useful, executed_part::masked, executed_part::other}) {
        ASSERT_EQ(formats[p], e.flops[p]) << to_string(p);
      }
      ASSERT_EQ(e.flops[executed_part::useful] + e.flops[executed_part::masked],
                2 * (t.total.macs - t.total_by_phase[phase::recompute].macs));
      for (auto const p : all_executed_parts) {
        if (e.flops[p] != 0) seen.insert(p);
      }
    }
  }
  for (auto const p : all_executed_parts) {
    EXPECT_EQ(seen.contains(p), p != executed_part::unexplained) << to_string(p);
  }
}

TEST(sums, the_same_capture_gives_the_same_verdicts) {
  auto model = random_model(7);
  auto capture = recorded(model[0]);
  add_faults(capture, 7);
  auto const tree = attribute(capture);
  auto const a = compare(capture, tree);
  auto const b = compare(capture, attribute(capture));
  for (std::size_t r = 0; r < a.rows.size(); ++r) {
    ASSERT_EQ(brief(tree, a, r), brief(tree, b, r));
    ASSERT_EQ(brief(tree, a, r, columns::measured_operator), brief(tree, b, r, columns::measured_operator));
  }
}

}  // namespace
}  // namespace flopwatch::test
