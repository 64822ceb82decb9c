// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/executed.hpp"

#include "attribution/saturating.hpp"

namespace flopwatch {
namespace {

std::int64_t twice(std::int64_t macs) { return saturating_add(macs, macs); }

std::int64_t all_flops(work const& w) { return saturating_add(twice(w.macs), w.other_flops); }

void add(std::int64_t& to, std::int64_t flops) { to = saturating_add(to, flops); }

void add_once(executed_flops& to, work const& w) {
  add(to[executed_part::useful], twice(w.useful_macs));
  add(to[executed_part::masked], twice(saturating_sub(w.macs, w.useful_macs)));
  add(to[executed_part::other], w.other_flops);
}

executed_part part_of(verdict const& v) {
  switch (v.kind) {
    case verdict_kind::agrees:  // the surplus within tolerance
    case verdict_kind::equal_as_counted:
    case verdict_kind::padding_or_extra_work:
    case verdict_kind::half_run_as_fma:
      return v.amount < 0 ? executed_part::not_read : executed_part::padding;
    case verdict_kind::kernel_outside_dispatcher:
      return executed_part::outside;
    case verdict_kind::recompute:
      return executed_part::recompute;
    case verdict_kind::fewer_than_formula:
    case verdict_kind::arithmetic_not_seen:
    case verdict_kind::tensor_work_not_collected:
      return executed_part::not_read;
    default:
      return executed_part::unexplained;
  }
}

/// Operator work in and below a row, by format.
struct work_of_formats {
  std::map<precision, work> once;           ///< all phases but recompute
  std::map<precision, std::int64_t> again;  ///< FLOPs of recompute
};

void add(work& to, work const& w) {
  add(to.macs, w.macs);
  add(to.useful_macs, w.useful_macs);
  add(to.other_flops, w.other_flops);
}

std::vector<work_of_formats> work_by_format(capture_data const& capture, attribution const& tree) {
  std::vector<work_of_formats> out(tree.rows.size());
  for (auto r = tree.rows.size(); r-- > 0;) {
    auto const& row = tree.rows[r];
    for (auto const index : row.operator_calls) {
      auto const& call = capture.operator_calls.at(index);
      if (call.total == work{}) continue;
      if (call.phase == phase::recompute) {
        add(out[r].again[call.precision], all_flops(call.total));
      } else {
        add(out[r].once[call.precision], call.total);
      }
    }
    if (row.parent >= r) continue;
    auto& above = out[row.parent];
    for (auto const& [format, w] : out[r].once) add(above.once[format], w);
    for (auto const& [format, flops] : out[r].again) add(above.again[format], flops);
  }
  return out;
}

std::optional<std::map<precision, executed_flops>> formats_of(module_row const& row,
                                                              work_of_formats const& below) {
  std::map<precision, executed_flops> out;
  if (row.inside) {
    // What the root did in it is in the root's row, which is no child.
    if (row.inside->total_by_phase[phase::recompute] != work{}) return std::nullopt;
    for (auto const& [format, w] : row.inside->total_by_precision) {
      if (w != work{}) add_once(out[format], w);
    }
    return out;
  }
  for (auto const& [format, w] : below.once) add_once(out[format], w);
  for (auto const& [format, flops] : below.again) add(out[format][executed_part::recompute], flops);
  return out;
}

executed_flops by_shapes(module_row const& row) {
  executed_flops out;
  for (auto const p : all_phases) {
    auto const& w = row.shown_by_phase()[p];
    if (p == phase::recompute) {
      add(out[executed_part::recompute], all_flops(w));
    } else {
      add_once(out, w);
    }
  }
  return out;
}

}  // namespace

std::int64_t executed_flops::total() const noexcept {
  std::int64_t out = 0;
  for (auto const part : parts_) out = saturating_add(out, part);
  return out;
}

std::string_view to_string(executed_part p) noexcept {
  switch (p) {
    case executed_part::useful:
      return "useful";
    case executed_part::masked:
      return "masked";
    case executed_part::recompute:
      return "recompute";
    case executed_part::other:
      return "other";
    case executed_part::padding:
      return "padding";
    case executed_part::outside:
      return "outside";
    case executed_part::not_read:
      return "not_read";
    case executed_part::unexplained:
      return "unexplained";
  }
  return "unexplained";
}

std::string_view text_of(executed_part p) noexcept {
  switch (p) {
    case executed_part::useful:
      return "useful products";
    case executed_part::masked:
      return "masked products";
    case executed_part::recompute:
      return "recompute";
    case executed_part::other:
      return "other arithmetic";
    case executed_part::padding:
      return "padding and extra work";
    case executed_part::outside:
      return "outside the dispatcher";
    case executed_part::not_read:
      return "skipped, or not read";
    case executed_part::unexplained:
      return "unexplained";
  }
  return "unexplained";
}

std::vector<executed_work> take_apart(capture_data const& capture, attribution const& tree,
                                      comparison const& differences) {
  if (!tree.has_operators) return {};
  auto const formats = work_by_format(capture, tree);
  std::vector<executed_work> out(tree.rows.size());
  for (std::size_t r = 0; r < tree.rows.size(); ++r) {
    auto const& compared = differences.rows.at(r);
    auto& e = out[r];
    e.flops = by_shapes(tree.rows[r]);
    e.by_precision = formats_of(tree.rows[r], formats[r]);
    e.measured = compared.measured_total_flops && compared.measured_minus_operator;
    if (!e.measured) continue;
    for (auto const& v : compared.verdicts) {
      if (v.between == columns::measured_operator) add(e.flops[part_of(v)], v.amount);
    }
  }
  return out;
}

}  // namespace flopwatch
