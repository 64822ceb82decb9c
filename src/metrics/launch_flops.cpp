// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/checked.hpp"
#include "flopwatch/metrics.hpp"
#include "metrics/counting_metrics.hpp"

namespace flopwatch {
namespace {

void add(counted_flops& to, flop_weight const& w, std::int64_t units) {
  auto const flops = checked_mul(units, w.floor);
  to.flops = checked_add(to.flops, flops);
  to.ceiling = checked_add(to.ceiling, checked_mul(units, w.ceiling));
  if (flops == 0) return;
  auto& part = to.by_precision[w.precision];
  part = checked_add(part, flops);
}

}  // namespace

std::optional<counted_flops> flops_of(std::map<std::string, std::optional<std::int64_t>> const& sums) {
  counted_flops result;
  bool const counted = metrics::for_counting_metrics(
      sums, [&](std::string const&, flop_weight const& w, std::int64_t units) { add(result, w, units); });
  if (!counted) return std::nullopt;
  return result;
}

}  // namespace flopwatch
