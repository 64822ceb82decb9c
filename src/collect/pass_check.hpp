// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "collect/launch_row.hpp"

namespace flopwatch::collect {

/// Compares the launches of the further passes over one metric group with those of the first pass.
class pass_check {
 public:
  /// A further pass begins.
  void next_pass() noexcept {
    repeats_ = true;
    position_ = 0;
  }
  /// Whether the current pass is a further one.
  [[nodiscard]] bool repeats() const noexcept { return repeats_; }
  [[nodiscard]] bool differs() const noexcept { return differs_; }
  void set_differs() noexcept { differs_ = true; }

  /// A launch of a further pass. \param first the launches of the first pass
  void launch(std::vector<launch_row> const& first, launch_row const& row) noexcept {
    differed_before_ = differs_;
    differs_ = differs_ || position_ >= first.size() || !same(first[position_], row);
    ++position_;
  }
  /// The driver refused that launch.
  void take_back() noexcept {
    --position_;
    differs_ = differed_before_;
  }
  /// The further pass ends. \param first the launches of the first pass
  void end(std::vector<launch_row> const& first) noexcept {
    differs_ = differs_ || position_ != first.size();
  }

 private:
  static bool same(launch_row const& a, launch_row const& b) noexcept {
    return a.kernel == b.kernel && a.grid == b.grid && a.block == b.block;
  }

  bool repeats_ = false;
  bool differs_ = false;
  bool differed_before_ = false;  ///< before the launch that is being made
  std::size_t position_ = 0;      ///< launches of the current further pass
};

}  // namespace flopwatch::collect
