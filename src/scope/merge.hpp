// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flopwatch/capture.hpp"
#include "scope/recording.hpp"

namespace flopwatch::detail {

/// Writes what the threads of an ended recording saw: the module tree, scopes, operator calls, formula
/// calls and data losses. Equal call paths and equal calls of several threads become one row.
void write_recording(recording const& ended, capture_writer& writer);

}  // namespace flopwatch::detail
