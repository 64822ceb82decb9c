// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/by_launch.hpp"

#include <algorithm>

namespace flopwatch::collect {

bool by_launch::place(launch_row& row) {
  if (repeats()) return true;
  if (only_lists()) {
    if (launches().waiting().size() >= rows_in_memory) launches().spool();
    return true;
  }
  bool const full = launches().waiting().size() >= capacity();
  bool const running = session().started();
  // Before these the profiler is stopped: of a graph it is not known how many ranges it would give, and a
  // kernel that waits for another one must not be waited for.
  bool const stops = full || !row.measurable || row.waits || row.unwanted;
  if (running ? stops && is_held_elsewhere() : is_held()) {
    leave_out(row, loss::launches_beside_capture);
    return true;
  }
  if (!in_chunks() && full) {
    run_is_too_long();
    return true;
  }
  if (!in_chunks() && stops) {
    drop(row.waits      ? loss::waiting_kernels
         : row.unwanted ? loss::launches_not_chosen
                        : loss::graph_not_measured,
         "in a group of metrics that takes several passes");
    return false;
  }
  if (full && running) {
    flush_full();
  } else if (stops) {
    flush();
  }
  if (row.waits) {
    leave_out(row, loss::waiting_kernels);
  } else if (row.unwanted) {
    leave_out(row, loss::launches_not_chosen);
  } else if (row.measurable && !session().started()) {
    if (is_held()) {
      leave_out(row, loss::launches_beside_capture);
    } else {
      start_again(row);
    }
  }
  return true;
}

bool by_launch::needs_no_place(launch_row& row, loss_kind const*& why) const noexcept {
  if (session().started() || session().undecoded()) return false;
  if (is_held()) {
    why = &loss::launches_beside_capture;
  } else if (row.waits) {
    why = &loss::waiting_kernels;
  } else if (row.unwanted) {
    why = &loss::launches_not_chosen;
  } else if (!row.measurable) {
    why = &loss::graph_not_measured;
  } else {
    return false;
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
