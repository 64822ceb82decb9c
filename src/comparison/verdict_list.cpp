// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "comparison/verdict_list.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include "attribution/saturating.hpp"
#include "text/count_text.hpp"

namespace flopwatch::comparison_detail {
using text::counted;
namespace {

std::uint64_t size_of(std::int64_t amount) {
  return amount < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(amount)
                    : static_cast<std::uint64_t>(amount);
}

bool is_larger(verdict_list::item const& a, verdict_list::item const& b) {
  return std::tuple(size_of(b.amount), a.verdict) < std::tuple(size_of(a.amount), b.verdict);
}

}  // namespace

void verdict_list::add(pool const& all, std::size_t verdict) {
  items_.push_back({verdict, all[verdict].amount, 1});
}

void verdict_list::take(verdict_list&& below) {
  if (items_.empty()) {
    items_ = std::move(below.items_);
  } else {
    items_.insert(items_.end(), below.items_.begin(), below.items_.end());
  }
  below.items_ = {};
}

void verdict_list::fold(pool const& all) {
  if (items_.empty()) return;
  // Folded items stay folded; of the others the largest stay single.
  auto const alone_end =
      std::partition(items_.begin(), items_.end(), [](item const& i) { return i.stands_for == 1; });
  auto keep_end = alone_end;
  if (alone_end - items_.begin() > static_cast<std::ptrdiff_t>(listed_verdicts)) {
    keep_end = items_.begin() + static_cast<std::ptrdiff_t>(listed_verdicts);
    std::nth_element(items_.begin(), keep_end, alone_end, is_larger);
  }
  std::array<std::optional<item>, verdict_kind_count> folded;
  for (auto i = keep_end; i != items_.end(); ++i) {
    auto& sum = folded[static_cast<std::size_t>(all[i->verdict].kind)];
    if (!sum) {
      sum = *i;
      continue;
    }
    auto const amount = saturating_add(sum->amount, i->amount);
    auto const stands_for = sum->stands_for + i->stands_for;
    auto const largest =
        size_of(all[sum->verdict].amount) < size_of(all[i->verdict].amount) ? i->verdict : sum->verdict;
    sum = item{largest, amount, stands_for};
  }
  items_.erase(keep_end, items_.end());
  for (auto const& sum : folded) {
    if (sum) items_.push_back(*sum);
  }
}

verdict written(verdict_list::item const& i, verdict_list::pool const& all, context const& c) {
  auto v = all[i.verdict];
  if (i.stands_for == 1) return v;
  v.amount = i.amount;
  v.cause = fmt::format("In {} below, the largest part in {}: {}", counted(i.stands_for, "further module"),
                        c.name(v.row), v.cause);
  return v;
}

void sort_by_size(std::vector<verdict>& verdicts) {
  std::stable_sort(verdicts.begin(), verdicts.end(), [](verdict const& a, verdict const& b) {
    return std::tuple(size_of(b.amount), a.row, a.kind) < std::tuple(size_of(a.amount), b.row, b.kind);
  });
}

}  // namespace flopwatch::comparison_detail
