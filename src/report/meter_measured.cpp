// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
// What the counters of a GPU say of some steps, with the words of flopwatch/_meter/measured.py.
#include <cmath>

#include <fmt/format.h>

#include "flopwatch/checked.hpp"
#include "flopwatch/meter_interval.hpp"
#include "text/number_text.hpp"

namespace flopwatch {
namespace {

reused_part* part_of(reused_work& work, reused_part const& like) {
  for (auto& p : work.parts) {
    if (p.phase == like.phase && p.precision == like.precision) return &p;
  }
  return nullptr;
}

void add_up(std::int64_t& to, std::int64_t more, bool& overflow) {
  try {
    to = checked_add(to, more);
  } catch (overflow_error const&) {
    overflow = true;
  }
}

}  // namespace

void add(reused_work& to, reused_work const& more) {
  if (to.refusal.empty()) to.refusal = more.refusal;
  to.overflow = to.overflow || more.overflow;
  add_up(to.launches, more.launches, to.overflow);
  add_up(to.not_learned_launches, more.not_learned_launches, to.overflow);
  add_up(to.never_measured_launches, more.never_measured_launches, to.overflow);
  add_up(to.variable_launches, more.variable_launches, to.overflow);
  add_up(to.elsewhere_launches, more.elsewhere_launches, to.overflow);
  add_up(to.measuring_ns, more.measuring_ns, to.overflow);
  to.tensor_metrics = to.tensor_metrics && more.tensor_metrics;
  to.bound_flops += more.bound_flops;
  for (auto const& p : more.parts) {
    auto* const known = part_of(to, p);
    if (known == nullptr) {
      to.parts.push_back(p);
      continue;
    }
    add_up(known->multiply_add_flops, p.multiply_add_flops, to.overflow);
    add_up(known->other_flops, p.other_flops, to.overflow);
    add_up(known->outside_flops, p.outside_flops, to.overflow);
  }
}

bool products_known(reused_work const& work) noexcept {
  return work.refusal.empty() && work.not_learned_launches == 0 && work.tensor_metrics && !work.overflow;
}

std::int64_t launches_not_counted(reused_work const& work) {
  return checked_add(checked_add(work.not_learned_launches, work.never_measured_launches),
                     work.elsewhere_launches);
}

std::map<std::string, std::int64_t> executed_products(reused_work const& work) {
  std::map<std::string, std::int64_t> out;
  for (auto const& p : work.parts) {
    auto& flops = out[std::string(to_string(p.precision))];
    flops = checked_add(flops, checked_add(p.multiply_add_flops, p.outside_flops));
  }
  return out;
}

std::vector<std::string> reasons_of(reused_work const& work) {
  std::vector<std::string> out;
  auto const not_counted = [&](std::int64_t launches, std::string_view which) {
    if (launches != 0)
      out.push_back(fmt::format("not counted: {} launches {}", text::grouped(launches), which));
  };
  not_counted(work.not_learned_launches, "of kernels that were not measured yet");
  not_counted(work.never_measured_launches,
              "of kernels that are never measured, because they wait for others");
  not_counted(work.elsewhere_launches, "on other devices");
  if (!work.tensor_metrics) {
    out.emplace_back("not counted: the work of tensor cores, whose metrics were left out");
  }
  if (work.overflow) out.emplace_back("a sum does not fit 64 bits: make shorter intervals");
  if (work.variable_launches != 0) {
    auto const bound =
        std::isfinite(work.bound_flops) && work.bound_flops < 9e18
            ? fmt::format("{} FLOPs",
                          text::grouped(static_cast<std::int64_t>(std::nearbyint(work.bound_flops))))
            : std::string("an unknown amount");
    out.push_back(fmt::format(
        "equal launches differ in their work: a mean stands for {} of them, off by {} at most (95 %)",
        text::grouped(work.variable_launches), bound));
  }
  return out;
}

}  // namespace flopwatch
