// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "flopwatch/capture_records.hpp"

namespace flopwatch {

/// Processes as a reader says them: "rank 3", "ranks 0-3, 7"; without ranks "processes 4711, 4712 on node7",
/// or the names of their files. Long lists end with "and 5 more".
[[nodiscard]] std::string process_list(std::span<process_record const> processes);

}  // namespace flopwatch
