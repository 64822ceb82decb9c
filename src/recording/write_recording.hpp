// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <unordered_map>

#include "capture/writer.hpp"
#include "recording/recording.hpp"

namespace flopwatch::detail {

/// The capture's numbers of what the threads' records hold, for those who kept pointers to it.
struct written_ids {
  std::unordered_map<scope_node const*, std::int64_t> scopes;  ///< 0 for the base of a thread
  std::unordered_map<operator_row const*, std::int64_t> operator_calls;
};

/// Writes what the threads of an ended recording saw: the module tree, scopes, operator calls, formula
/// calls and data losses. Equal call paths and equal calls of several threads become one row.
written_ids write_recording(recording const& ended, capture_writer& writer);

}  // namespace flopwatch::detail
