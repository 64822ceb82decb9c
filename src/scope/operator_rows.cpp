// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "scope/operator_rows.hpp"

#include <algorithm>
#include <bit>

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

}  // namespace

operator_rows::found operator_rows::find_or_add(scope_node const* scope, operator_info const* info,
                                                phase in_phase, std::span<std::int64_t const> args) {
  auto const hash = hash_of(scope, info, in_phase, args);
  auto mask = table_.size() - 1;
  auto i = hash & mask;
  for (; table_[i] != nullptr; i = (i + 1) & mask) {
    auto* const row = table_[i];
    if (row->hash == hash && row->scope == scope && row->info == info && row->in_phase == in_phase &&
        std::equal(args.begin(), args.end(), row->args.begin(), row->args.end())) {
      return {row, false};
    }
  }
  if (rows_.size() >= max_rows_) return {nullptr, false};
  auto& row = rows_.emplace_back();
  row.scope = scope;
  row.info = info;
  row.in_phase = in_phase;
  row.args.assign(args.begin(), args.end());
  row.hash = hash;
  table_[i] = &row;
  if (rows_.size() * 2 > table_.size()) grow();
  return {&row, true};
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
