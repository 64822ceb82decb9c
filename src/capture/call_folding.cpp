// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "capture/call_folding.hpp"

#include <algorithm>
#include <utility>

#include "capture/checksum.hpp"

namespace flopwatch::capture_detail {
namespace {

std::uint64_t hash_of(operator_call_record const& r) {
  row_hash h;
  h.integer(r.scope);
  h.text(r.name);
  h.text(r.shapes);
  for (auto const v : {static_cast<int>(r.phase), static_cast<int>(r.status), static_cast<int>(r.arithmetic),
                       static_cast<int>(r.precision)})
    h.integer(v);
  h.text(r.note);
  return h.value();
}

std::uint64_t hash_of(formula_call_record const& r) {
  row_hash h;
  for (auto const v : {r.scope, r.module, static_cast<std::int64_t>(r.unit)}) h.integer(v);
  return h.value();
}

bool alike(operator_call_record const& a, operator_call_record const& b) {
  return a.scope == b.scope && a.name == b.name && a.shapes == b.shapes && a.phase == b.phase &&
         a.status == b.status && a.arithmetic == b.arithmetic && a.precision == b.precision &&
         a.note == b.note;
}

bool alike(formula_call_record const& a, formula_call_record const& b) {
  return a.scope == b.scope && a.module == b.module && a.unit == b.unit;
}

bool add(std::int64_t& to, std::int64_t amount) { return !__builtin_add_overflow(to, amount, &to); }

/// False, and `to` as it was, where a sum does not fit.
bool add_to(operator_call_record& to, operator_call_record const& r) {
  auto sum = to;
  if (!add(sum.calls, r.calls) || !add(sum.total.macs, r.total.macs) ||
      !add(sum.total.useful_macs, r.total.useful_macs) || !add(sum.total.other_flops, r.total.other_flops))
    return false;
  to.calls = sum.calls;
  to.total = sum.total;
  return true;
}

bool add_to(formula_call_record& to, formula_call_record const& r) {
  auto sum = to;
  if (!add(sum.calls, r.calls) || !add(sum.amount, r.amount)) return false;
  if (to.shapes != r.shapes) sum.shapes = "various shapes";
  to = std::move(sum);
  return true;
}

/// \returns the place of the record that `r` is in
template <class R>
std::size_t fold(std::vector<R>& all, std::unordered_multimap<std::uint64_t, std::size_t>& places, R r) {
  auto const hash = hash_of(r);
  auto const [from, to] = places.equal_range(hash);
  for (auto it = from; it != to; ++it) {
    if (alike(all[it->second], r) && add_to(all[it->second], r)) return it->second;
  }
  places.emplace(hash, all.size());
  all.push_back(std::move(r));
  return all.size() - 1;
}

}  // namespace

void call_folding::add(operator_call_record r) {
  ids_.push_back(r.id);
  auto const place = fold(calls_, place_of_call_, std::move(r));
  stand_for_.push_back(calls_[place].id);
}

void call_folding::add(formula_call_record const& r) { fold(formula_calls_, place_of_formula_, r); }

std::int64_t call_folding::id_of(std::int64_t call) const noexcept {
  auto const it = std::lower_bound(ids_.begin(), ids_.end(), call);
  if (it == ids_.end() || *it != call) return call;
  return stand_for_[static_cast<std::size_t>(it - ids_.begin())];
}

}  // namespace flopwatch::capture_detail
