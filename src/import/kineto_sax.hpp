// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "import/byte_source.hpp"
#include "import/kineto_events.hpp"

namespace flopwatch::importing {

/// Reads the events of a Chrome trace as torch.profiler writes it, without keeping the JSON. What was read
/// before the end of a file that was cut off is kept. \throws usage_error for text that is no JSON at its
/// beginning, or has no events
[[nodiscard]] trace_events read_trace(byte_source& from, metric_table& metrics, std::string const& label);

}  // namespace flopwatch::importing
