// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <fmt/format.h>

#include "attribution/saturating.hpp"
#include "comparison/measured_side.hpp"
#include "comparison/tolerance.hpp"
#include "text/count_text.hpp"
#include "text/number_text.hpp"

namespace flopwatch::comparison_detail {
using text::counted;
using text::grouped;
namespace {

/// What the counters read in some scopes, and what the shapes of their operators need.
struct sides {
  std::int64_t read = 0, products = 0, needed = 0, launches = 0, without_tensor_metrics = 0;
};

std::optional<sides> sides_of(module_row const& row) {
  auto const read = row.measured.total_flops();
  if (!read) return std::nullopt;
  auto const products = saturating_flops(row.total);
  return sides{*read, products, saturating_add(products, row.total.other_flops), row.measured.launches,
               row.measured.launches_without_tensor_metrics};
}

/// Of the row alone, without the rows below that have their own number.
std::optional<sides> own_sides(context const& c, std::size_t row) {
  auto own = sides_of(c.row(row));
  if (!own) return std::nullopt;
  for (auto const child : c.row(row).children) {
    auto const below = sides_of(c.row(child));
    if (!below) continue;
    own->read = saturating_sub(own->read, below->read);
    own->products = saturating_sub(own->products, below->products);
    own->needed = saturating_sub(own->needed, below->needed);
    own->launches = saturating_sub(own->launches, below->launches);
    own->without_tensor_metrics = saturating_sub(own->without_tensor_metrics, below->without_tensor_metrics);
  }
  return own;
}

verdict make(verdict_kind kind, sides const& s, std::string const& where, std::size_t row,
             std::string_view why) {
  return {
      kind,
      columns::measured_operator,
      saturating_sub(s.read, s.needed),
      row,
      fmt::format("The counters read {} FLOPs in the {} of {}, which were counted together, and the "
                  "shapes of its operators need {}: {}.",
                  grouped(s.read), counted(s.launches, "launch", "launches"), where, grouped(s.needed), why),
      "Count by launch (scope depth 0) to see which kernels differ."};
}

}  // namespace

measured_findings range_findings_of(context const& c, std::size_t row) {
  measured_findings out;
  auto const own = own_sides(c, row);
  if (!own) return out;
  auto const amount = saturating_sub(own->read, own->needed);
  auto const find = [&](verdict_kind kind, std::string_view why) {
    out.own.push_back(make(kind, *own, c.name(row), row, why));
  };
  if (amount > 0 && amount <= tolerated_surplus(own->needed)) {
    out.within_tolerance = amount;
  } else if (amount > 0) {
    find(verdict_kind::padding_or_extra_work,
         "padded tiles, extra work of the kernels, kernels outside the dispatcher, or operators without a "
         "rule");
  } else if (amount < 0 && own->without_tensor_metrics > 0) {
    find(verdict_kind::tensor_work_not_collected, "the counters of the tensor cores were not collected");
  } else if (amount < 0 && own->read >= own->products) {
    find(verdict_kind::arithmetic_not_seen,
         "the counters do not see exponentials, roots, divisions, comparisons and integer arithmetic");
  } else if (amount < 0) {
    find(verdict_kind::fewer_than_formula,
         "FFT or Winograd's method, masked or sparse work that is skipped, or work on another device");
  }
  return out;
}

}  // namespace flopwatch::comparison_detail
