// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "flopwatch/capture.hpp"

namespace flopwatch::attribution_detail {

/// A dispatcher was observed. Calls that are there were observed, whatever the capture's entry says.
[[nodiscard]] bool has_operators(capture_data const& capture);

/// Whether the counters of a launch may lack work of the tensor cores.
enum class tensor_doubt : std::uint8_t {
  no,        ///< counters of the tensor cores were collected, or the kernel had no work for them
  possible,  ///< none was collected, and nothing tells what the kernel did
  certain,   ///< none was collected, and the tensor cores worked
};

/// Answers that for the launches of one capture. Pure.
class tensor_doubts {
 public:
  /// `capture` must live as long as this.
  explicit tensor_doubts(capture_data const& capture);

  /// \param g with counted values \param kernel position of its kernel in the capture
  /// \param call the operator call that it belongs to; null: outside every one
  [[nodiscard]] tensor_doubt of(launch_group const& g, std::size_t kernel,
                                operator_call_record const* call) const;

 private:
  std::vector<bool> named_;  ///< by position of the kernel: its name shows the tensor cores
  bool in_ranges_ = false;   ///< all scope ranges have counters of the tensor cores
  bool operators_ = false;   ///< a dispatcher was observed
  bool may_have_tensor_cores_ = true;
};

}  // namespace flopwatch::attribution_detail
