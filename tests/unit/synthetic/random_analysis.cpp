// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "unit/synthetic/random_analysis.hpp"

#include <random>

#include "unit/synthetic/analyses.hpp"
#include "unit/synthetic/analysis_builder.hpp"

namespace flopwatch::test {
namespace {

class generator {
 public:
  explicit generator(std::uint32_t seed) : random_(seed) {}

  std::int64_t below(std::int64_t n) {
    return std::uniform_int_distribution<std::int64_t>(0, n - 1)(random_);
  }
  bool chance(int percent) { return below(100) < percent; }

  /// Zero, or of any magnitude; sixty of them still fit into 63 bits when doubled.
  std::int64_t count() {
    if (chance(20)) return 0;
    std::int64_t bound = 1;
    for (auto i = below(17); i >= 0; --i) bound *= 10;
    return below(bound / 4 + 1);
  }

  std::string name() {
    static constexpr std::string_view pieces[] = {
        "attn",
        "0",
        "注意力",
        "\x1b[31m",
        "\n",
        "\xff",
        "\u202e",
        "e\u0301",
        "proj.out",
        "\xc2\x9b"  // NOLINT(bugprone-suspicious-missing-comma): one text, or 7 would be part of the byte
        "7m",
        " ",
        "😀",
        "\u200d",
        "\t",
        "layer",
        "\xe2\x94",
        "│ ├─",
        ""};
    std::string out;
    for (auto i = below(chance(10) ? 30 : 3); i >= 0; --i) {
      out += pieces[static_cast<std::size_t>(below(static_cast<std::int64_t>(std::size(pieces))))];
    }
    return out;
  }

  std::string sentence() {
    std::string out;
    for (auto i = below(30); i >= 0; --i) out += name() + (chance(70) ? " " : "");
    return out;
  }

 private:
  std::mt19937 random_;
};

row_figures figures(generator& g) {
  row_figures f;
  f.type = g.name();
  f.calls = g.chance(20) ? 0 : g.count();
  f.parameters = g.count();
  auto const macs = g.count();
  f.self = {macs, g.chance(50) ? macs : macs / 2, g.count()};
  if (g.chance(50)) f.rule_macs = g.count();
  f.hidden = f.rule_macs && g.chance(30);
  f.measured = {g.count() + 1, 0, g.count(), g.count(), g.count()};
  if (g.chance(10)) f.measured.multiply_add_flops.reset();
  return f;
}

}  // namespace

analysis random_analysis(std::uint32_t seed) {
  generator g(seed);
  analysis_builder b;
  b.a.tree.has_formula = g.chance(80);
  b.row(0, "", figures(g));
  std::vector<std::size_t> open{0};
  for (auto rows = g.below(40); rows > 0; --rows) {
    while (open.size() > 1 && g.chance(30)) open.pop_back();
    open.push_back(b.row(open.back(), g.name(), figures(g)));
  }
  auto const rows = static_cast<std::int64_t>(b.a.tree.rows.size());
  if (g.chance(30)) b.a.tree.rows[b.row(0, "", {"", 0, 0, {g.count(), 0, 0}})].outside = true;
  for (auto n = g.below(8); n > 0; --n) {
    b.explain({static_cast<verdict_kind>(g.below(verdict_kind_count)),
               g.chance(50) ? columns::formula_operator : columns::measured_operator, g.count() - g.count(),
               static_cast<std::size_t>(g.below(rows)), g.sentence(), g.sentence()});
  }
  for (auto n = g.below(6); n > 0; --n) {
    operator_call_record call;
    call.name = g.name();
    call.shapes = g.sentence();
    call.status = static_cast<operator_status>(g.below(4));
    call.calls = g.count();
    call.note = g.sentence();
    b.operators(static_cast<std::size_t>(g.below(rows)), std::move(call));
  }
  for (auto n = g.below(4); n > 0; --n) {
    b.a.capture.losses.push_back({g.name(), static_cast<severity>(g.below(3)), g.count(), g.sentence()});
  }
  for (auto& [key, value] : b.a.capture.info) {
    if (g.chance(20)) value = g.sentence();
  }
  return b.finish(g.chance(50));
}

}  // namespace flopwatch::test
