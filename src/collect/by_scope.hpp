// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collect/launch_counter.hpp"
#include "collect/range_neighbours.hpp"
#include "collect/scope_ranges.hpp"

namespace flopwatch::collect {

/// Counts the launches together that follow each other in one scope, in CUPTI's user ranges.
class by_scope final : public launch_counter {
 public:
  /// \param ranges which launches share a range
  by_scope(counting how, launch_rows& launches, shared_tables& shared, scope_ranges ranges)
      : launch_counter(std::move(how), launches, shared), ranges_(std::move(ranges)) {}

 private:
  bool place(launch_row& row) override;
  /// Of the launch that only its range is known.
  void list(launch_row& row);
  void take_back_place() noexcept override;
  void repeat() noexcept override { ranges_.repeat(); }
  void close_range(bool stops) override;
  [[nodiscard]] std::vector<launch_row> const& counted() const noexcept override { return ranges_.rows(); }
  [[nodiscard]] std::int64_t launches_in_chunk() const noexcept override { return ranges_.launches(); }
  [[nodiscard]] std::string mismatch(std::size_t ranges) const override;
  void spool(bool with_values) override;
  void forget_chunk() noexcept override;

  scope_ranges ranges_;
  range_neighbours neighbours_;
  detail::scope_node const* last_scope_ = nullptr;  ///< of the range before the open one
};

}  // namespace flopwatch::collect
