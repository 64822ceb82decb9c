// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "flopwatch/capture.hpp"
#include "reduction/table.hpp"

namespace flopwatch::reduction {

/// Number of the tables' form: it rises when a reader of the columns can notice a change.
inline constexpr int schema_version = 1;

/// The tables that stand for one capture in a folder of many ranks: `scopes`, `kernels`, `measured`,
/// `operators`, `losses`, `processes`. docs/fleet.md describes each column. Pure; memory goes with scopes
/// times kernels, as that of `capture`. \throws capture_error for a damaged or merged capture; overflow_error
[[nodiscard]] std::vector<table> reduce(capture_data capture);

}  // namespace flopwatch::reduction
