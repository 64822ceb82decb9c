// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "collect/scope_ranges.hpp"

#include <numeric>
#include <string>

namespace flopwatch::collect {

scope_ranges::scope_ranges(int depth, launch_rows& rows, launch_spool* first)
    : depth_(depth), rows_(&rows), first_(first) {
  if (first_ != nullptr) first_->rewind();
}

detail::scope_node const* scope_ranges::scope_of(launch_row const& launch) const noexcept {
  // A launch belongs to the scope of its operator call, also where a backward thread launches with no scope
  // open.
  auto const* const scope = launch.operator_call != nullptr ? launch.operator_call->scope : launch.scope;
  int depth = 0;
  for (auto const* s = scope; s != nullptr && s->parent != nullptr; s = s->parent) ++depth;
  auto const* clipped = scope;
  for (; depth > depth_; --depth) clipped = clipped->parent;
  return clipped;
}

bool scope_ranges::continues(launch_row const& launch) const noexcept {
  if (!is_open_ || repeats_ || first_ != nullptr) return false;
  auto const& open = rows_->waiting().back();
  return open.scope == scope_of(launch) && open.in_phase == launch.in_phase;
}

bool scope_ranges::begins(launch_row const& launch) {
  if (used_up_) return false;
  if (repeats_) {
    if (is_open_ && launches_now_ < rows()[next_ - 1].covers) return false;
    used_up_ = next_ == rows().size();
    return true;
  }
  if (first_ != nullptr) {
    if (is_open_ && rows_->last().covers < planned_.covers) return false;
    std::vector<double> ignored;
    used_up_ = !first_->read(planned_, ignored);
    return true;
  }
  if (!is_open_) return true;
  auto& open = rows_->last();
  auto const* const scope = scope_of(launch);
  if (open.scope == scope && open.in_phase == launch.in_phase) return false;
  if (open.covers != 0) return true;
  // The driver refused the launch that it was opened for.
  open.scope = scope;
  open.in_phase = launch.in_phase;
  return false;
}

char const* scope_ranges::open(launch_row const& launch) {
  is_open_ = true;
  launches_now_ = 0;
  if (repeats_) return names_[next_++].c_str();
  launch_row range;
  range.scope = first_ != nullptr ? planned_.scope : scope_of(launch);
  range.in_phase = first_ != nullptr ? planned_.in_phase : launch.in_phase;
  range.covers = 0;
  auto const& number = names_.emplace_back(std::to_string(rows().size()));
  rows_->push(range);
  return number.c_str();
}

void scope_ranges::add_launches(std::int64_t launches) noexcept {
  (repeats_ ? launches_now_ : rows_->last().covers) += launches;
}

void scope_ranges::take_back_launch() noexcept { --(repeats_ ? launches_now_ : rows_->last().covers); }

void scope_ranges::repeat() noexcept {
  repeats_ = true;
  is_open_ = false;
  next_ = 0;
  launches_now_ = 0;
}

std::int64_t scope_ranges::launches() const noexcept {
  return std::accumulate(rows().begin(), rows().end(), std::int64_t{0},
                         [](std::int64_t sum, launch_row const& r) { return sum + r.covers; });
}

void scope_ranges::clear() noexcept {
  rows_->forget_waiting();
  names_.clear();
  is_open_ = false;
}

}  // namespace flopwatch::collect
