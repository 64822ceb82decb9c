// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "recording/row_record.hpp"

#include "flopwatch/checked.hpp"
#include "recording/formula_call.hpp"
#include "rules/operator/encoding.hpp"

namespace flopwatch::detail {

operator_call_record call_record(operator_row const& row, operator_status status) {
  operator_call_record r;
  r.name = row.info->full_name();
  r.shapes = shapes_text(decode_args(row.args()));
  r.phase = row.in_phase;
  r.status = status;
  r.note = (row.info->compiled || row.info->region_frame) && row.note.empty() ? compiled_note : row.note;
  if (status == operator_status::counted) {
    r.precision = row.precision;
    bool const multiply_add =
        row.info->entry.arithmetic == arithmetic::multiply_add || row.per_call.macs != 0;
    r.arithmetic = multiply_add ? arithmetic::multiply_add : arithmetic::other;
  }
  return r;
}

bool set_calls(operator_call_record& r, operator_row const& row, std::int64_t calls) {
  r.calls = calls;
  if (r.status != operator_status::counted) return true;
  try {
    r.total = {checked_mul(row.per_call.macs, calls), checked_mul(row.per_call.useful_macs, calls),
               checked_mul(row.per_call.other_flops, calls)};
    return true;
  } catch (overflow_error const& e) {
    r.total = {};
    r.status = operator_status::unsupported;
    r.note = e.what();
    return false;
  }
}

std::optional<formula_call_record> formula_record(scope_node const& node) {
  formula_call_record sum;
  for (auto const& e : node.formula) {
    if (e.calls == 0) continue;
    bool const first = sum.calls == 0;
    sum.calls += e.calls;
    sum.amount = checked_add(sum.amount, e.amount);
    sum.shapes = !first || e.encoded_shapes.empty() ? "various shapes"
                                                    : shapes_text(decode_call(node.type, e.encoded_shapes));
  }
  if (sum.calls == 0) return std::nullopt;
  sum.module = node.module->record.id;
  sum.unit = node.module->unit;
  return sum;
}

}  // namespace flopwatch::detail
