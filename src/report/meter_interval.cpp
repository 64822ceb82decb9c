// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "flopwatch/meter_interval.hpp"

#include "flopwatch/checked.hpp"

namespace flopwatch {
namespace {

std::int64_t executed(work const& w) { return checked_add(w.mac_flops(), w.other_flops); }

/// Of the cells that `take` takes.
template <class Take, class Value>
std::int64_t sum(meter_amounts const& amounts, Take const& take, Value const& value) {
  std::int64_t out = 0;
  for (auto const& [cell, w] : amounts) {
    if (take(cell)) out = checked_add(out, value(w));
  }
  return out;
}

std::int64_t flops_of(reused_part const& part) {
  return checked_add(checked_add(part.multiply_add_flops, part.other_flops), part.outside_flops);
}

constexpr auto any_cell = [](meter_cell const&) { return true; };
constexpr auto recomputed = [](meter_cell const& c) { return c.phase == phase::recompute; };
constexpr auto first_time = [](meter_cell const& c) { return c.phase != phase::recompute; };

}  // namespace

void add(meter_amounts& to, meter_amounts const& more, std::int64_t times) {
  for (auto const& [cell, w] : more) {
    to[cell] +=
        {checked_mul(w.macs, times), checked_mul(w.useful_macs, times), checked_mul(w.other_flops, times)};
  }
}

std::map<std::string, std::int64_t> executed_products(meter_amounts const& amounts) {
  std::map<std::string, std::int64_t> out;
  for (auto const& [cell, w] : amounts) {
    auto& flops = out[cell.peak_format];
    flops = checked_add(flops, w.mac_flops());
  }
  return out;
}

std::map<std::string, std::int64_t> useful_products(meter_amounts const& amounts) {
  std::map<std::string, std::int64_t> out;
  for (auto const& [cell, w] : amounts) {
    if (cell.phase == phase::recompute) continue;
    auto& flops = out[cell.peak_format];
    flops = checked_add(flops, checked_mul(w.useful_macs, 2));
  }
  return out;
}

std::optional<std::int64_t> meter_interval::launches() const {
  return measured ? std::optional(measured->launches) : std::nullopt;
}

std::optional<std::int64_t> meter_interval::launches_not_counted() const {
  return measured ? std::optional(flopwatch::launches_not_counted(*measured)) : std::nullopt;
}

std::int64_t meter_interval::executed_flops() const {
  if (!measured) return sum(amounts, any_cell, executed);
  std::int64_t out = 0;
  for (auto const& part : measured->parts) out = checked_add(out, flops_of(part));
  return out;
}

std::int64_t meter_interval::executed_macs() const {
  return sum(amounts, any_cell, [](work const& w) { return w.macs; });
}

std::int64_t meter_interval::multiply_add_flops() const {
  if (!measured) return sum(amounts, any_cell, [](work const& w) { return w.mac_flops(); });
  std::int64_t out = 0;
  for (auto const& part : measured->parts) out = checked_add(out, part.multiply_add_flops);
  return out;
}

std::int64_t meter_interval::other_flops() const {
  return checked_sub(executed_flops(), multiply_add_flops());
}

std::int64_t meter_interval::useful_flops() const {
  return sum(amounts, first_time, [](work const& w) { return checked_mul(w.useful_macs, 2); });
}

std::int64_t meter_interval::recompute_flops() const {
  return sum(amounts, recomputed, [](work const& w) { return w.mac_flops(); });
}

std::int64_t meter_interval::masked_flops() const {
  return sum(amounts, first_time, [](work const& w) { return checked_mul(w.macs - w.useful_macs, 2); });
}

std::map<precision, std::int64_t> meter_interval::executed_flops_by_precision() const {
  std::map<precision, std::int64_t> out;
  if (measured) {
    for (auto const& part : measured->parts) {
      out[part.precision] = checked_add(out[part.precision], flops_of(part));
    }
    return out;
  }
  for (auto const& [cell, w] : amounts) out[cell.precision] = checked_add(out[cell.precision], executed(w));
  return out;
}

std::map<phase, std::int64_t> meter_interval::executed_flops_by_phase() const {
  std::map<phase, std::int64_t> out;
  for (auto const p : all_phases) out[p] = 0;
  if (measured) {
    for (auto const& part : measured->parts) out[part.phase] = checked_add(out[part.phase], flops_of(part));
    return out;
  }
  for (auto const& [cell, w] : amounts) out[cell.phase] = checked_add(out[cell.phase], executed(w));
  return out;
}

}  // namespace flopwatch
