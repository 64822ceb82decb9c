// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

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
  /// Makes the open range that of the launch. \returns false where the launch gets no range. \throws error
  bool turn_to(launch_row& row);
  [[nodiscard]] bool needs_no_place(launch_row& row, loss_kind const*& why) const noexcept override;
  void passed(launch_row const& row) noexcept override;
  void gather() noexcept override;
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
  std::atomic<std::int64_t> passed_{0};             ///< launches of the open range, not yet in `ranges_`
  detail::scope_node const* last_scope_ = nullptr;  ///< of the range before the open one
};

}  // namespace flopwatch::collect
