// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "comparison/context.hpp"
#include "comparison/row_products.hpp"
#include "flopwatch/comparison.hpp"

namespace flopwatch::comparison_detail {

/// Products in a row's own operators that are, it seems, of modules below it which were called past their
/// scopes: a verdict for each such module, with minus their MACs. Together at most `p.forward_self`.
[[nodiscard]] std::vector<verdict> work_called_past(context const& c, row_products const& p, std::size_t row);

/// The module below a row whose other modules were called while it was not: further products of the row
/// (`macs`) can be its own work. nullopt if there is none.
[[nodiscard]] std::optional<verdict> work_of_methods(context const& c, row_products const& p, std::size_t row,
                                                     std::int64_t macs);

/// For a row without a difference whose calls opened no scope although it has one to open: where its work is.
/// Amount 0.
[[nodiscard]] verdict ran_unseen(context const& c, std::size_t row);

/// Modules below the row that open no scope and can have done a part of its work, "a (Block), b (Linear)":
/// those without a rule, or all. "" if there is none.
[[nodiscard]] std::string modules_without_scope(context const& c, row_products const& p, bool also_ruled);

}  // namespace flopwatch::comparison_detail
