// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collect/launch_counter.hpp"

namespace flopwatch::collect {

/// Counts each kernel launch by itself, in CUPTI's auto ranges.
class by_launch final : public launch_counter {
 public:
  using launch_counter::launch_counter;

 private:
  bool place(launch_row& row) override;
  [[nodiscard]] bool needs_no_place(launch_row& row, loss_kind const*& why) const noexcept override;
  [[nodiscard]] std::vector<launch_row> const& counted() const noexcept override;
  [[nodiscard]] std::int64_t launches_in_chunk() const noexcept override;
  [[nodiscard]] std::string mismatch(std::size_t ranges) const override;
  void spool(bool with_values) override;
  void forget_chunk() noexcept override;
};

}  // namespace flopwatch::collect
