// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "flopwatch/attribution.hpp"

namespace flopwatch::attribution_detail {

struct attributed_rows {
  attribution tree;                       ///< without `inside` and losses
  std::vector<std::size_t> around_roots;  ///< rows of scopes that were open around calls of a root
};

/// `attribute`, but for what ran inside the scopes around a root. \throws capture_error
[[nodiscard]] attributed_rows attribute_rows(capture_data const& capture);

}  // namespace flopwatch::attribution_detail
