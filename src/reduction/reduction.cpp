// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "reduction/reduction.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "flopwatch/diagnostics.hpp"
#include "flopwatch/error.hpp"
#include "reduction/lines.hpp"
#include "reduction/places.hpp"

namespace flopwatch::reduction {
namespace {

/// Takes the counts from the loss count_overflow that the capture's sums have in 128 bits.
void take_known_overflows(capture_data& capture) {
  if (capture.large_sum_count == 0) return;
  auto& losses = capture.losses;
  auto const last = std::find_if(losses.rbegin(), losses.rend(),
                                 [](auto const& l) { return l.kind == loss::count_overflow.name; });
  if (last == losses.rend()) return;
  last->count -= capture.large_sum_count;
  if (last->count <= 0) losses.erase(std::next(last).base());
}

/// The formula alone is summed in 64 bits, and stays at the largest number.
std::int64_t formula_sums_at_the_limit(analysis const& a) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  std::int64_t out = 0;
  for (std::size_t r = 0; r < a.tree.rows.size(); ++r) {
    auto const& row = a.tree.rows[r];
    for (auto const v : {a.differences.rows[r].formula_macs.value_or(0), row.rule_macs.value_or(0),
                         row.rule_operations.value_or(0), row.walk_macs, row.walk_operations}) {
      if (v == most || v == -most) ++out;
    }
  }
  return out;
}

}  // namespace

std::vector<table> reduce(capture_data capture) {
  if (!capture.processes.empty()) {
    throw capture_error(
        "it is a merged capture, and the folder has a line for each rank: export the captures that it was merged "
        "from");
  }
  take_known_overflows(capture);
  analysis a;
  a.capture = std::move(capture);
  a.tree = attribute(a.capture);
  a.differences = compare(a.capture, a.tree);
  if (auto const limited = formula_sums_at_the_limit(a); a.tree.has_formula && limited != 0) {
    a.capture.losses.push_back(
        make_loss(loss::count_overflow, limited, "Sums of the formula are at the largest number."));
  }
  auto const sums = sums_of_rows(a.capture, a.tree);
  auto const places = places_of(a.tree.rows);
  reduced_from const from{a, sums, places};
  std::vector<table> out;
  out.push_back(scope_lines(from));
  out.push_back(kernel_lines(from));
  out.push_back(metric_lines(from));
  out.push_back(operator_lines(from));
  out.push_back(loss_lines(from));
  out.push_back(process_line(from));
  return out;
}

}  // namespace flopwatch::reduction
