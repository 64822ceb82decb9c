// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "comparison/context.hpp"
#include "comparison/row_products.hpp"
#include "flopwatch/comparison.hpp"

namespace flopwatch::comparison_detail {

/// Products in a row's own scopes that no rule counts: why the formula lacks them. The amount is minus
/// all of them.
[[nodiscard]] verdict self_work_missed(context const& c, row_products const& p, std::size_t row);

}  // namespace flopwatch::comparison_detail
