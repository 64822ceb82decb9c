// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "report/totals_text.hpp"

#include <fmt/format.h>

#include "text/number_text.hpp"

namespace flopwatch::report {
using text::grouped;

std::string totals_text(analysis const& a) {
  std::string out = "Totals: formula ";
  out += a.tree.has_formula ? grouped(a.tree.formula_macs) + " MACs" : "not collected";
  auto const& o = a.tree.operator_total;
  out += " · operator ";
  out += a.tree.has_operators
             ? fmt::format("{} MACs and {} other FLOPs", grouped(o.macs), grouped(o.other_flops))
             : "not collected";
  auto const measured = a.tree.measured_collected ? a.tree.measured_total.shown_total_flops() : std::nullopt;
  out += " · measured ";
  auto const& m = a.tree.measured_total;
  if (measured) {
    out += grouped(*measured) + " FLOPs in all";
  } else if (a.tree.measured_collected && m.unmeasured_launches > 0) {
    out += fmt::format("not collected for {} of {} launches", grouped(m.unmeasured_launches),
                       grouped(m.launches));
  } else {
    out += "not collected";
  }
  return out;
}

}  // namespace flopwatch::report
