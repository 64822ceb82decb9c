// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "flopwatch/diagnostics.hpp"
#include "flopwatch/module_rule.hpp"
#include "recording/scope_tree.hpp"

namespace flopwatch::detail {

/// The call that `encoded_shapes` (see scope_token::finished_call) describes.
[[nodiscard]] module_call decode_call(std::string_view type, std::span<std::int64_t const> encoded_shapes);

/// Asks the rule of `node`'s module about one call and adds the answer to the node. Never throws for
/// what a rule does: a rule that throws, overflows or returns a negative number is given to `lost`.
void record_formula_call(scope_node& node, std::span<std::int64_t const> encoded_shapes,
                         std::function<void(loss_kind const&, std::string)> const& lost);

}  // namespace flopwatch::detail
