// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recheck/launches.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <tuple>

namespace flopwatch::recheck {

void recheck_launches::want(raw_chunk_record const& chunk) {
  auto const most = std::numeric_limits<std::int64_t>::max();
  auto const end = chunk.launches > most - chunk.first_order ? most : chunk.first_order + chunk.launches;
  order_ranges_[chunk.context].emplace_back(chunk.first_order, end);
}

bool recheck_launches::wanted(std::int64_t context, std::int64_t order) const noexcept {
  auto const it = order_ranges_.find(context);
  if (it == order_ranges_.end()) return false;
  auto const& all = it->second;
  auto const after = std::upper_bound(all.begin(), all.end(), order,
                                      [](std::int64_t o, auto const& s) { return o < s.first; });
  return after != all.begin() && order < std::prev(after)->second;
}

void recheck_launches::read(capture_reader const& reader) {
  for (auto& [context, all] : order_ranges_) {
    std::sort(all.begin(), all.end());
    std::vector<std::pair<std::int64_t, std::int64_t>> joined;
    for (auto const& s : all) {
      if (!joined.empty() && s.first <= joined.back().second) {
        joined.back().second = std::max(joined.back().second, s.second);
      } else {
        joined.push_back(s);
      }
    }
    all = std::move(joined);
  }
  reader.for_each_launch([&](launch_record const& r) {
    keep(r, r.kernel);
    return true;
  });
  auto const launches = static_cast<std::ptrdiff_t>(launches_.size());
  reader.for_each_scope_range([&](scope_range_record const& r) {
    keep(r, 0);
    return true;
  });
  std::inplace_merge(launches_.begin(), launches_.begin() + launches, launches_.end(),
                     [](auto const& a, auto const& b) {
                       return std::tie(a.context, a.order) < std::tie(b.context, b.order);
                     });
}

template <class R>
void recheck_launches::keep(R const& r, std::int64_t kernel) {
  if (r.plan == 0 || !wanted(r.context, r.order)) return;
  launches_.push_back({r.plan, r.context, r.order, kernel, values_.size(), r.counters.size()});
  for (auto const& v : r.counters) values_.push_back(v.value_or(std::nan("")));
}

rechecked_launch* recheck_launches::find(std::int64_t plan, std::int64_t context,
                                         std::int64_t order) noexcept {
  auto it =
      std::lower_bound(launches_.begin(), launches_.end(), std::tuple(context, order),
                       [](rechecked_launch const& l, std::tuple<std::int64_t, std::int64_t> const& place) {
                         return std::tuple(l.context, l.order) < place;
                       });
  for (; it != launches_.end() && it->context == context && it->order == order; ++it) {
    if (it->plan == plan) return &*it;
  }
  return nullptr;
}

std::optional<double> recheck_launches::value(rechecked_launch const& launch, std::size_t position) const {
  auto const v = values_.at(launch.first_value + position);
  return std::isnan(v) ? std::nullopt : std::optional(v);
}

void recheck_launches::count(std::int64_t& compared, std::int64_t& equal) const noexcept {
  for (auto const& l : launches_) {
    compared += l.compared ? 1 : 0;
    equal += l.compared && !l.differs ? 1 : 0;
  }
}

}  // namespace flopwatch::recheck
