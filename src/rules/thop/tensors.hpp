// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "flopwatch/module_rule.hpp"

/// \file
/// Access to the shapes of a call, with a clear error where one is not there.

namespace flopwatch::thop {

/// The first tensor argument, which is the only one that thop's rules look at.
/// \throws rule_error when the call has none
[[nodiscard]] shape const& first_input(module_call const& call);

/// The first tensor that the call returned. \throws rule_error when there is none
[[nodiscard]] shape const& first_output(module_call const& call);

/// Size of dimension `dim`, counted from the end when negative. \throws rule_error when out of range
[[nodiscard]] std::int64_t size_of(shape const& s, std::int64_t dim);

}  // namespace flopwatch::thop
