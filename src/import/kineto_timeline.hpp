// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "import/capture_sink.hpp"
#include "import/kineto_events.hpp"

namespace flopwatch::importing {

/// Where a launch was made.
struct launch_place {
  std::int64_t scope = 0;
  std::int64_t operator_call = 0;
  flopwatch::phase phase = flopwatch::phase::forward;
};

/// Lays the events of each thread on each other, in the order of their times: scopes of modules (else of the
/// ranges that the user named), operator calls in them, launches in these. Adds scopes and operator calls to
/// the sink. \param launches the launches that have a kernel or counters, any order \return the place of each
/// of `launches`
[[nodiscard]] std::vector<launch_place> lay_out(trace_events const& events,
                                                std::vector<launch_event> const& launches,
                                                capture_sink& sink);

}  // namespace flopwatch::importing
