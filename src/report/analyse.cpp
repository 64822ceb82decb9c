// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "flopwatch/diagnostics.hpp"
#include "flopwatch/report.hpp"
#include "report/figures.hpp"

namespace flopwatch {

analysis analyse(capture_data capture) {
  analysis a;
  a.capture = std::move(capture);
  a.tree = attribute(a.capture);
  a.differences = compare(a.capture, a.tree);
  for (auto const* lost : {&a.tree.losses, &a.differences.losses}) {
    a.capture.losses.insert(a.capture.losses.end(), lost->begin(), lost->end());
  }
  return a;
}

analysis of_phase(analysis const& a, phase p) { return analyse(of_phase(a.capture, p)); }

exit_code outcome_of(analysis const& a) noexcept {
  auto const& losses = a.capture.losses;
  bool const refused = std::any_of(losses.begin(), losses.end(),
                                   [](auto const& l) { return l.kind == loss::counters_not_permitted.name; });
  if (refused) return exit_code::not_permitted;
  return report::lost_data(a) ? exit_code::data_loss : exit_code::good;
}

int report_exit_code(analysis const& a) noexcept {
  return static_cast<int>(report::lost_data(a) ? exit_code::data_loss : exit_code::good);
}

}  // namespace flopwatch
