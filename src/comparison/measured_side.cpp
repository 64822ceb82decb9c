// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "comparison/measured_side.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "attribution/saturating.hpp"

namespace flopwatch::comparison_detail {
namespace {

/// Findings of one row, one for each kind.
class findings_by_kind {
 public:
  void add(verdict v) {
    auto const same =
        std::find_if(found_.begin(), found_.end(), [&](auto const& f) { return f.sum.kind == v.kind; });
    if (same == found_.end()) {
      found_.push_back({v, v.amount, 1});
      return;
    }
    auto const amount = saturating_add(same->sum.amount, v.amount);
    if (negative_size(v.amount) < negative_size(same->largest)) {
      same->largest = v.amount;
      same->sum = std::move(v);
    }
    same->sum.amount = amount;
    ++same->count;
  }

  std::vector<verdict> take() && {
    std::vector<verdict> out;
    for (auto& f : found_) {
      if (f.count > 1)
        f.sum.cause = fmt::format("{} (The largest of {} such findings.)", f.sum.cause, f.count);
      out.push_back(std::move(f.sum));
    }
    return out;
  }

 private:
  struct finding {
    verdict sum;
    std::int64_t largest;
    std::int64_t count;
  };
  /// Minus the absolute value, which always fits.
  static std::int64_t negative_size(std::int64_t v) { return v < 0 ? v : -v; }

  std::vector<finding> found_;
};

}  // namespace

measured_findings measured_findings_of(context const& c, std::vector<measured_call> const& calls,
                                       std::size_t row) {
  measured_findings out;
  findings_by_kind found;
  for (auto const i : c.row(row).operator_calls) {
    auto v = call_verdict(c, c.capture.operator_calls[i], calls[i], row);
    if (!v) continue;
    if (v->kind == verdict_kind::agrees) {
      out.within_tolerance = saturating_add(out.within_tolerance, v->amount);
    } else {
      found.add(std::move(*v));
    }
  }
  for (auto const g : c.row(row).launch_groups) {
    auto const& group = c.capture.launch_groups[g];
    if (group.operator_call != 0) continue;
    if (auto v = kernel_verdict(c, group, row)) found.add(std::move(*v));
  }
  out.own = std::move(found).take();
  return out;
}

}  // namespace flopwatch::comparison_detail
