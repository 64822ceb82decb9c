// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#include "rules/operator/operator_table.hpp"

namespace flopwatch::operator_rules {

/// Not registered as composite, but all their arithmetic is in operators that they call through the
/// dispatcher.
void add_opened(operator_table& table) {
  table.opened(R"(
    _native_multi_head_attention _transformer_encoder_layer_fwd einsum _trilinear dist allclose _euclidean_dist
    affine_grid_generator kron linalg_pinv
  )");
}

}  // namespace flopwatch::operator_rules
