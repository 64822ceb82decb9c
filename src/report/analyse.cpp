// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include <utility>

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

int report_exit_code(analysis const& a) noexcept {
  return static_cast<int>(report::is_exact(a) ? exit_code::good : exit_code::data_loss);
}

}  // namespace flopwatch
