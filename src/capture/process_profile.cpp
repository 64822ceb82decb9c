// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/process_profile.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "capture/checksum.hpp"

namespace flopwatch::capture_detail {
namespace {

constexpr std::size_t most_listed = 8;

/// Of one record: which operator ran on which sizes, how often.
std::uint64_t hash_of_record(operator_call_record const& r) {
  row_hash h;
  h.text(r.name);
  h.integer(static_cast<int>(r.phase));
  h.integer(static_cast<int>(r.precision));
  h.text(r.shapes);
  for (auto const v : {r.calls, r.total.macs, r.total.useful_macs, r.total.other_flops}) h.integer(v);
  return h.value();
}

std::int64_t plus(std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  return __builtin_add_overflow(a, b, &out) ? std::numeric_limits<std::int64_t>::max() : out;
}

double flops(work const& w) { return 2.0 * static_cast<double>(w.macs) + static_cast<double>(w.other_flops); }

double size_of(scope_difference const& d) { return std::abs(flops(d.here) - flops(d.typical)); }

}  // namespace

void scope_profile::add(operator_call_record const& r) {
  calls = plus(calls, r.calls);
  total.macs = plus(total.macs, r.total.macs);
  total.useful_macs = plus(total.useful_macs, r.total.useful_macs);
  total.other_flops = plus(total.other_flops, r.total.other_flops);
  // A call with other sizes is a row of its own: what is the same without sizes adds up by operator.
  row_hash name;
  name.text(r.name);
  name.integer(static_cast<int>(r.phase));
  operators += name.value() * static_cast<std::uint64_t>(r.calls);
  sizes += hash_of_record(r);
}

void process_digest::add(operator_call_record const& r) noexcept {
  row_hash h;
  h.integer(1);
  h.integer(r.scope);
  h.integer(static_cast<std::int64_t>(hash_of_record(r)));
  sum_ += h.value();
}

void process_digest::add(process_scope_record const& r) noexcept {
  row_hash h;
  h.integer(2);
  h.integer(r.scope);
  h.integer(r.entries);
  sum_ += h.value();
}

std::size_t typical_process(std::vector<std::uint64_t> const& digests) {
  struct same {
    std::size_t first;
    std::size_t members = 0;
  };
  std::unordered_map<std::uint64_t, same> sets;
  for (std::size_t i = 0; i < digests.size(); ++i)
    ++sets.try_emplace(digests[i], same{i}).first->second.members;
  same best{0, 0};
  for (auto const& [digest, s] : sets) {
    if (s.members > best.members || (s.members == best.members && s.first < best.first)) best = s;
  }
  return best.first;
}

process_difference difference_of(process_profile const& here, process_profile const& typical) {
  process_difference out;
  std::vector<scope_difference> all;
  scope_profile const nothing;
  auto const compare = [&](std::int64_t scope, scope_profile const* a, scope_profile const* b) {
    if (a == nullptr) ++out.missing_scopes;
    if (b == nullptr) ++out.added_scopes;
    auto const& x = a == nullptr ? nothing : *a;
    auto const& y = b == nullptr ? nothing : *b;
    bool const has_work = x.total.macs != 0 || y.total.macs != 0;
    bool const same = x.sizes == y.sizes && x.entries == y.entries;
    if (a != nullptr && b != nullptr && has_work) {
      bool const same_calls = x.operators == y.operators && x.entries == y.entries;
      ++(same ? out.equal_scopes : same_calls ? out.other_sizes_scopes : out.other_calls_scopes);
    }
    if (!same) all.push_back({scope, x.total, y.total, x.calls, y.calls, x.entries, y.entries});
  };
  auto a = here.begin();
  auto b = typical.begin();
  while (a != here.end() || b != typical.end()) {
    if (b == typical.end() || (a != here.end() && a->first < b->first)) {
      compare(a->first, &a->second, nullptr);
      ++a;
    } else if (a == here.end() || b->first < a->first) {
      compare(b->first, nullptr, &b->second);
      ++b;
    } else {
      compare(a->first, &a->second, &b->second);
      ++a;
      ++b;
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](auto const& x, auto const& y) { return size_of(x) > size_of(y); });
  if (all.size() > most_listed) all.resize(most_listed);
  out.largest = std::move(all);
  return out;
}

}  // namespace flopwatch::capture_detail
