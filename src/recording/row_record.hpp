// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "flopwatch/capture.hpp"
#include "recording/operator_rows.hpp"
#include "recording/scope_tree.hpp"

namespace flopwatch::detail {

/// What the capture says of a row's calls of one status. Without id, scope, calls and total.
[[nodiscard]] operator_call_record call_record(operator_row const& row, operator_status status);

/// Sets the total of `calls` calls. \returns false for a sum that does not fit 64 bits: then the record says
/// so
bool set_calls(operator_call_record& r, operator_row const& row, std::int64_t calls);

/// What the module's formula rule gave in a scope, over all shapes; without its scope. nullopt where it gave
/// nothing. \throws overflow_error
[[nodiscard]] std::optional<formula_call_record> formula_record(scope_node const& node);

}  // namespace flopwatch::detail
