// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "comparison/context.hpp"
#include "comparison/row_products.hpp"
#include "flopwatch/comparison.hpp"

namespace flopwatch::comparison_detail {

/// What the two columns of a row may both lack, as clauses without a full stop; "" if both are whole, so that
/// equal numbers agree.
[[nodiscard]] std::string not_looked_into(context const& c, row_products const& p, columns between);

}  // namespace flopwatch::comparison_detail
