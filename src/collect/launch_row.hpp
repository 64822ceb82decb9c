// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "recording/thread_record.hpp"

namespace flopwatch::collect {

/// One launch while the recording runs: what the launching thread knew. Pointers are into the recording.
struct launch_row {
  detail::scope_node const* scope = nullptr;            ///< null: no recording saw the launching thread
  detail::operator_row const* operator_call = nullptr;  ///< null: outside the dispatcher
  std::int64_t kernel = 0;                              ///< kernel_table's number
  std::int64_t order = 0;                               ///< in its context
  std::int64_t stream = 0, thread = 0;
  std::array<std::uint32_t, 3> grid{1, 1, 1}, block{1, 1, 1};
  std::int64_t covers = 1;  ///< 0: counted in a scope range; of a scope range (kernel 0): its launches
  phase in_phase = phase::forward;
  bool measurable = true;  ///< false: CUPTI gives such a launch no range
  bool waits = false;      ///< one of the `waiting_kernels`
  bool unwanted = false;   ///< the user's choice leaves it out
  bool may_wait = false;   ///< it `waits`, or is a graph that can hold such a kernel
};

}  // namespace flopwatch::collect
