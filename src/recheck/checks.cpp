// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recheck/checks.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace flopwatch::recheck {
namespace {

auto from(auto& checks, std::int64_t chunk, std::int64_t range) noexcept {
  return std::lower_bound(checks.begin(), checks.end(), std::tuple(chunk, range),
                          [](rechecked_check const& c, std::tuple<std::int64_t, std::int64_t> const& place) {
                            return std::tuple(c.chunk, c.range) < place;
                          });
}

}  // namespace

void recheck_checks::read(capture_reader const& reader) {
  reader.for_each_reuse_check([&](reuse_check_record const& r) {
    rechecked_check c{r.plan, r.chunk, r.range, r.key, r.number, values_.size(), r.counters.size()};
    for (auto const& v : r.counters) {
      values_.push_back(v.value_or(std::nan("")));
      c.has_value = c.has_value || v.has_value();
    }
    checks_.push_back(c);
    return true;
  });
}

rechecked_check* recheck_checks::find(std::int64_t chunk, std::int64_t range) noexcept {
  auto const it = from(checks_, chunk, range);
  return it != checks_.end() && it->chunk == chunk && it->range == range ? &*it : nullptr;
}

bool recheck_checks::any_of(std::int64_t chunk) const noexcept {
  auto const it = from(checks_, chunk, 0);
  return it != checks_.end() && it->chunk == chunk;
}

std::optional<double> recheck_checks::value(rechecked_check const& check, std::size_t position) const {
  auto const v = values_.at(check.first_value + position);
  return std::isnan(v) ? std::nullopt : std::optional(v);
}

}  // namespace flopwatch::recheck
