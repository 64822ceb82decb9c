// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "attribution/saturating.hpp"
#include "attribution/steps.hpp"

namespace flopwatch::attribution_detail {
namespace {

constexpr auto npos = module_row::npos;

/// The part of what a row's rule gave for calls that the recorded forward did not make.
std::int64_t unmade_macs(module_row const& row) {
  auto const all = row.rule_macs.value_or(0);
  return row.calls == 0 ? all : all - all / row.rule_calls * row.calls;
}

class fused_row_marker {
 public:
  fused_row_marker(capture_data const& capture, id_index const& modules, placed_rows& placed)
      : capture_(capture),
        modules_(modules),
        rows_(placed.rows),
        caller_(rows_.size(), npos),
        below_answered_(rows_.size(), false),
        claimed_macs_(rows_.size(), 0),
        called_below_(rows_.size(), false) {}

  void mark() {
    look_around();
    // Upwards, to the callers of rows of case (a); then down again, to what they would have called.
    for (auto r = rows_.size(); r-- > 1;) {
      if (is_answered(r) && may_be_fused(r) && did_as_claimed(caller_[r])) set(r);
      auto const above = rows_[r].parent;
      if (is_fused_uncalled(r) && may_be_fused(above) && rows_[above].calls == 0) set(above);
    }
    for (std::size_t r = 1; r < rows_.size(); ++r) {
      if (rows_[r].calls > 0 || !may_be_fused(r)) continue;
      if (is_fused_uncalled(rows_[r].parent) || is_fusing_library(caller_[r])) set(r);
    }
  }

 private:
  void look_around() {
    for (std::size_t r = 1; r < rows_.size(); ++r) {
      auto const above = rows_[r].parent;
      bool const above_called = rows_[above].calls > 0;
      caller_[r] = above_called ? above : caller_[above];
      below_answered_[r] = !above_called && (below_answered_[above] || is_answered(above));
      // A rule covers the rows below it.
      if (caller_[r] == npos || below_answered_[r] || !is_answered(r)) continue;
      claimed_macs_[caller_[r]] = saturating_add(claimed_macs_[caller_[r]], unmade_macs(rows_[r]));
    }
    for (auto r = rows_.size(); r-- > 1;) {
      if (rows_[r].calls > 0 || called_below_[r]) called_below_[rows_[r].parent] = true;
    }
  }

  module_record const* module_of(std::size_t r) const {
    auto const id = rows_[r].module;
    return id == 0 ? nullptr : &capture_.modules[modules_.at(id, "a row")];
  }

  /// Its rule was asked about calls that the recorded forward did not make.
  bool is_answered(std::size_t r) const { return rows_[r].rule_calls > rows_[r].calls; }

  bool is_fused_uncalled(std::size_t r) const { return rows_[r].fused_into != npos && rows_[r].calls == 0; }

  /// Its calls would have been seen, and there was a row to make them.
  bool may_be_fused(std::size_t r) const {
    auto const* const m = module_of(r);
    return m != nullptr && m->opens_scope && caller_[r] != npos && (rows_[r].calls > 0 || !called_below_[r]);
  }

  bool is_fusing_library(std::size_t r) const {
    auto const* const m = module_of(r);
    return m != nullptr && m->library_type && !m->transparent && rows_[r].self.macs > 0;
  }

  bool did_as_claimed(std::size_t r) const {
    auto const& row = rows_[r];
    if (is_fusing_library(r) || row.has_unsupported || row.has_partly_counted) return true;
    return row.self_by_phase[phase::forward].macs > 0 &&
           row.self_by_phase[phase::forward].macs >= claimed_macs_[r];
  }

  void set(std::size_t r) { rows_[r].fused_into = caller_[r]; }

  capture_data const& capture_;
  id_index const& modules_;
  std::vector<module_row>& rows_;
  std::vector<std::size_t> caller_;  ///< by row: the nearest called row above
  std::vector<bool> below_answered_;
  std::vector<std::int64_t> claimed_macs_;  ///< by calling row
  std::vector<bool> called_below_;
};

}  // namespace

void find_fused(capture_data const& capture, id_index const& modules, placed_rows& placed) {
  fused_row_marker(capture, modules, placed).mark();
}

}  // namespace flopwatch::attribution_detail
