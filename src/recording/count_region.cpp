// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recording/region_calls.hpp"
#include "recording/thread_record.hpp"

namespace flopwatch::detail {

void thread_record::note_region(operator_info const& info) {
  auto const where = operator_place();
  auto const [row, is_new] = rows_.find_or_add(where.scope, &info, where.in_phase, {});
  if (row == nullptr) {
    note(loss::rows_dropped);
    return;
  }
  row->no_arithmetic = true;
  ++row->calls;
}

void thread_record::count_region(region_work const& work, operator_registry& operators) {
  if (inside_counted()) return;
  auto const where = operator_place();
  auto const* rows = regions_.find(work.id, where.scope, where.in_phase);
  if (rows == nullptr) {
    auto& found = regions_.add(work.id, where.scope, where.in_phase);
    for (auto const& call : work.calls) {
      auto const& info = operators.find_compiled(call.base, call.overload, call.decomposed);
      auto const [row, is_new] = rows_.find_or_add(where.scope, &info, where.in_phase, call.args);
      if (row == nullptr) {
        note(loss::rows_dropped, call.times);
        continue;
      }
      if (is_new) evaluate(*row);
      found.push_back({row, call.times});
    }
    rows = &found;
  }
  bool any = false;
  bool products = false;
  for (auto const& [row, times] : *rows) {
    (row->counted || row->no_arithmetic ? row->calls : row->unsupported) += times;
    any = any || row->counted;
    products = products || (row->product);
  }
  if (any) mark_counted(products);
}

}  // namespace flopwatch::detail
