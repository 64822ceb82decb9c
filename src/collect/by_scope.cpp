// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/by_scope.hpp"

#include <string>

namespace flopwatch::collect {
namespace {

std::string name_of(detail::scope_node const* scope) {
  if (scope == nullptr) return "(outside all scopes)";
  return scope->path.empty() ? "(root)" : scope->path;
}

}  // namespace

bool by_scope::place(launch_row& row) {
  row.measurable = true;  // a graph counts as a whole in the range of its scope
  if (only_lists()) {
    list(row);
    return true;
  }
  if (is_held() && !session().started()) {
    leave_out(row, loss::launches_beside_capture);
    return true;
  }
  if (!repeats() && in_chunks() && launches().waiting().size() >= rows_in_memory) launches().spool();
  if (!turn_to(row) || !ranges_.is_open()) return true;
  neighbours_.launched(row.stream);
  loss_kind const* why = nullptr;
  if (passes(row, why)) return true;
  ranges_.add_launches(1);
  row.covers = 0;
  return true;
}

bool by_scope::turn_to(launch_row& row) {
  if (!ranges_.begins(row)) return true;
  bool const full = !repeats() && ranges_.rows().size() >= capacity();
  close_range(full);
  if (ranges_.used_up()) {
    if (repeats()) check().set_differs();
    return false;
  }
  if (full) {
    if (!in_chunks()) {
      run_is_too_long();
      list(row);
      return false;
    }
    if (is_held_elsewhere()) {
      leave_out(row, loss::launches_beside_capture);
      return false;
    }
    flush_full();
  }
  if (!session().started()) {
    if (is_held()) {
      leave_out(row, loss::launches_beside_capture);
      return false;
    }
    start_again(row);
  }
  session().push(ranges_.open(row));
  return true;
}

bool by_scope::needs_no_place(launch_row& row, loss_kind const*& why) const noexcept {
  if (!session().started()) {
    if (!is_held()) return false;
    why = &loss::launches_beside_capture;
    return true;
  }
  // Later runs count the launches of each range as they come.
  if (!ranges_.is_first_run() || !ranges_.continues(row) || !neighbours_.knows(row.stream)) return false;
  row.measurable = true;
  row.covers = 0;
  return true;
}

void by_scope::passed(launch_row const& row) noexcept {
  if (row.covers == 0) passed_.fetch_add(1, std::memory_order_relaxed);
}

void by_scope::gather() noexcept {
  auto const launches = passed_.exchange(0, std::memory_order_relaxed);
  if (launches > 0) ranges_.add_launches(launches);
}

void by_scope::list(launch_row& row) {
  if (launches().waiting().size() >= rows_in_memory) launches().spool();
  if (ranges_.begins(row)) {
    ranges_.close();
    if (ranges_.rows().size() >= rows_in_memory) spool(false);
    static_cast<void>(ranges_.open(row));
  }
  ranges_.add_launches(1);
  row.covers = 0;
}

void by_scope::take_back_place() noexcept {
  if (ranges_.is_open()) ranges_.take_back_launch();
}

void by_scope::close_range(bool stops) {
  if (!ranges_.is_open()) return;
  // A kernel that ends after the last range before the profiler stops would count nowhere.
  bool const waited = (stops || isolates_ranges()) && wait_for_context();
  ranges_.close();
  session().pop();
  bool const lost = stops && !waited && neighbours_.several_streams();
  bool const mixed = neighbours_.ends(waited);
  if (lost) note(loss::launches_beside_capture, "some kernels of a scope range");
  if (repeats() || !ranges_.is_first_run()) return;
  auto const* const scope = ranges_.rows().back().scope;
  if (mixed) note(loss::ranges_may_mix, name_of(last_scope_) + " and " + name_of(scope));
  last_scope_ = scope;
}

std::string by_scope::mismatch(std::size_t ranges) const {
  auto const wanted = ranges_.rows().size();
  if (ranges != wanted) {
    return std::to_string(ranges) + " measured, " + std::to_string(wanted) + " opened";
  }
  for (std::size_t i = 0; i < wanted; ++i) {
    if (session().range_name(i) != ranges_.name(i)) return "they came back in another order";
  }
  return "";
}

void by_scope::spool(bool with_values) {
  neighbours_.stopped();
  std::size_t range = 0;
  ranges_.spool([&](launch_row const& /*row*/, std::vector<double>& values) {
    if (with_values) evaluate(range++, values);
  });
  launches().spool();
}

void by_scope::forget_chunk() noexcept {
  ranges_.clear();
  launches().forget_waiting();
}

}  // namespace flopwatch::collect
