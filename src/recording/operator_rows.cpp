// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recording/operator_rows.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace flopwatch::detail {
namespace {

std::uint64_t mix(std::uint64_t h, std::uint64_t v) noexcept {
  h = (h ^ v) * 0x9E3779B97F4A7C15ULL;
  return h ^ std::rotl(h, 29);
}

std::uint64_t hash_of(scope_node const* scope, operator_info const* info, phase in_phase,
                      std::span<std::int64_t const> args) noexcept {
  auto h = mix(reinterpret_cast<std::uintptr_t>(scope), reinterpret_cast<std::uintptr_t>(info));
  h = mix(h, static_cast<std::uint64_t>(in_phase) + args.size() * 4);
  for (auto const w : args) h = mix(h, static_cast<std::uint64_t>(w));
  return h ^ (h >> 32U);
}

bool has_args(operator_row const& row, std::span<std::int64_t const> args) noexcept {
  auto const own = row.args();
  return std::equal(args.begin(), args.end(), own.begin(), own.end());
}

bool is_row(operator_row const& row, scope_node const* scope, operator_info const* info, phase in_phase,
            std::span<std::int64_t const> args) noexcept {
  return row.scope == scope && row.info == info && row.in_phase == in_phase && has_args(row, args);
}

}  // namespace

[[gnu::hot]] operator_rows::found operator_rows::find_or_add(scope_node const* scope,
                                                             operator_info const* info, phase in_phase,
                                                             std::span<std::int64_t const> args) {
  auto* const guess = last_ == nullptr ? nullptr : last_->next;
  auto result = found{guess, false};
  if (guess == nullptr || !is_row(*guess, scope, info, in_phase, args)) {
    result = look_up(scope, info, in_phase, args);
    if (result.row == nullptr) return result;
    if (last_ != nullptr) last_->next = result.row;
  }
  last_ = result.row;
  if (auto const* const next = reinterpret_cast<char const*>(last_->next); next != nullptr) {
    for (std::size_t line = 0; line < 4; ++line) __builtin_prefetch(next + 64 * line, 1);
  }
  return result;
}

[[gnu::hot]] operator_rows::found operator_rows::look_up(scope_node const* scope, operator_info const* info,
                                                         phase in_phase, std::span<std::int64_t const> args) {
  auto const hash = hash_of(scope, info, in_phase, args);
  auto const mask = table_.size() - 1;
  auto i = hash & mask;
  for (; table_[i] != nullptr; i = (i + 1) & mask) {
    auto* const row = table_[i];
    if (row->hash == hash && is_row(*row, scope, info, in_phase, args)) return {row, false};
  }
  if (rows_.size() >= max_rows_) return {nullptr, false};
  auto& row = rows_.emplace_back();
  row.scope = scope;
  row.info = info;
  row.in_phase = in_phase;
  row.traits = info->traits;
  row.hash = hash;
  row.arg_count = static_cast<std::uint32_t>(args.size());
  if (args.size() <= operator_row::inline_args) {
    std::copy(args.begin(), args.end(), row.first_args.begin());
  } else {
    row.more_args.assign(args.begin(), args.end());
  }
  table_[i] = &row;
  if (rows_.size() * 2 > table_.size()) grow();
  return {&row, true};
}

operator_row const* operator_rows::counted_like(operator_row const& row) {
  auto& place = place_of_equal(row);
  if (place != nullptr && place->counted) return place;
  bool const is_first = place == nullptr;
  place = &row;
  if (is_first && ++distinct_count_ * 2 > distinct_.size()) {
    std::vector<operator_row const*> bigger(distinct_.size() * 2, nullptr);
    for (auto const* const known : std::exchange(distinct_, std::move(bigger))) {
      if (known != nullptr) place_of_equal(*known) = known;
    }
  }
  return nullptr;
}

operator_row const*& operator_rows::place_of_equal(operator_row const& row) noexcept {
  auto const mask = distinct_.size() - 1;
  auto i = hash_of(nullptr, row.info, phase::forward, row.args()) & mask;
  while (distinct_[i] != nullptr &&
         (distinct_[i]->info != row.info || !has_args(*distinct_[i], row.args()))) {
    i = (i + 1) & mask;
  }
  return distinct_[i];
}

void operator_rows::grow() {
  std::vector<operator_row*> bigger(table_.size() * 2, nullptr);
  auto const mask = bigger.size() - 1;
  for (auto& row : rows_) {
    auto i = row.hash & mask;
    while (bigger[i] != nullptr) i = (i + 1) & mask;
    bigger[i] = &row;
  }
  table_.swap(bigger);
}

}  // namespace flopwatch::detail
