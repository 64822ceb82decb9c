// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "flopwatch/module_rule.hpp"

/// \file
/// Access to the shapes of a call, with a clear error if one is missing.

namespace flopwatch::thop {

/// The first tensor argument, which is the only one that thop's rules read.
/// \throws rule_error if the call has no tensor argument
[[nodiscard]] shape const& first_input(module_call const& call);

/// The first tensor that the call returned. \throws rule_error if it returned no tensor
[[nodiscard]] shape const& first_output(module_call const& call);

/// Size of dimension `dim`, counted from the end if negative. \throws rule_error if out of range, and for a
/// size of a nested tensor that varies
[[nodiscard]] std::int64_t size_of(shape const& s, std::int64_t dim);

}  // namespace flopwatch::thop
