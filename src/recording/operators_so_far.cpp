// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recording/operators_so_far.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "recording/loss_sums.hpp"
#include "recording/row_record.hpp"

namespace flopwatch::detail {
namespace {

/// Rows that are looked at while their thread is held up.
constexpr std::size_t rows_at_once = 512;
constexpr std::chrono::milliseconds owner_patience{20};

}  // namespace

operators_reading operators_so_far::read() {
  auto const all = running_.threads_now();
  for (auto i = threads_.size(); i < all.size(); ++i) threads_.push_back({all[i], {}});
  found_.clear();
  losses_.clear();
  for (auto& thread : threads_) {
    for (std::size_t from = 0; look(thread, from); from += rows_at_once) {
      for (auto const& one : portion_) add(one);
    }
  }
  operators_reading out;
  for (auto& [where, one] : found_) out.operators.push_back(std::move(one));
  loss_sums sums;
  for (auto const& l : losses_) sums.add(*l.kind, l.count, l.detail);
  if (overflow_) sums.add(loss::count_overflow, 1, {});
  for (auto& l : sums.records()) {
    if (l.severity == severity::error) out.errors.push_back(std::move(l.text));
  }
  return out;
}

/// \returns whether there were rows left to look at
bool operators_so_far::look(known_thread& thread, std::size_t from) {
  portion_.clear();
  record_pause const pause(*thread.record, owner_patience);
  if (!pause) return false;
  if (from == 0) {
    auto const& losses = thread.record->losses();
    losses_.insert(losses_.end(), losses.begin(), losses.end());
  }
  auto const& rows = thread.record->rows().all();
  if (from >= rows.size()) return false;
  auto const to = std::min(rows.size(), from + rows_at_once);
  thread.rows.resize(std::max(thread.rows.size(), to));
  for (auto i = from; i < to; ++i) {
    auto& before = thread.rows[i];
    row_calls const now{rows[i].calls, rows[i].unsupported, rows[i].partly};
    if (now == before) continue;
    portion_.push_back(
        {&rows[i],
         {now.counted - before.counted, now.unsupported - before.unsupported, now.partly - before.partly}});
    before = now;
  }
  return true;
}

void operators_so_far::add(changed const& one) {
  auto const& row = *one.row;
  if (row.counted || row.no_arithmetic) {
    add(row, row.counted ? operator_status::counted : operator_status::no_arithmetic, one.more.counted);
  }
  add(row, operator_status::unsupported, one.more.unsupported);
  add(row, operator_status::partly_counted, one.more.partly);
}

void operators_so_far::add(operator_row const& row, operator_status status, std::int64_t calls) {
  if (calls == 0) return;
  // A call that raised is taken back: its row can have fewer than before.
  operator_call_record r;
  r.status = status;
  if (!set_calls(r, row, calls)) overflow_ = true;
  auto const format = status == operator_status::counted ? row.precision : precision::unknown;
  auto name = row.info->full_name();
  auto& sum = found_[{name, row.in_phase, status, format}];
  sum.name = std::move(name);
  sum.phase = row.in_phase;
  sum.status = status;
  sum.precision = format;
  sum.calls += calls;
  try {
    sum.total += r.total;
  } catch (overflow_error const&) {
    overflow_ = true;
  }
}

}  // namespace flopwatch::detail
