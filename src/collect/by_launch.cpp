// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/by_launch.hpp"

#include <algorithm>

namespace flopwatch::collect {

bool by_launch::place(launch_row& row) {
  if (repeats()) return true;
  bool const full = launches().waiting().size() >= capacity();
  bool const running = session().started();
  if (running ? (full || !row.measurable) && is_held_elsewhere() : is_held()) {
    leave_out(row);
    return true;
  }
  if (!in_chunks() && (full || !row.measurable)) {
    drop(row.measurable ? loss::ranges_dropped : loss::graph_not_measured,
         "in a group of metrics that takes several passes");
    return false;
  }
  // Before a graph the profiler is stopped: how many ranges it would give is not known.
  if (full || !row.measurable) flush();
  if (!row.measurable || session().started()) return true;
  if (is_held()) {
    leave_out(row);
  } else {
    session().start();
  }
  return true;
}

std::vector<launch_row> const& by_launch::counted() const noexcept { return launches().waiting(); }

std::int64_t by_launch::launches_in_chunk() const noexcept {
  return static_cast<std::int64_t>(launches().waiting().size());
}

std::string by_launch::mismatch(std::size_t ranges) const {
  auto const& rows = launches().waiting();
  auto const wanted = static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [](launch_row const& r) { return r.measurable; }));
  return ranges == wanted ? ""
                          : std::to_string(ranges) + " measured, " + std::to_string(wanted) + " launched";
}

void by_launch::spool(bool with_values) {
  std::size_t range = 0;
  launches().spool([&](launch_row const& row, std::vector<double>& values) {
    if (with_values && row.measurable) evaluate(range++, values);
  });
}

void by_launch::forget_chunk() noexcept { launches().forget_waiting(); }

}  // namespace flopwatch::collect
