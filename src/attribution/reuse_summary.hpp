// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "flopwatch/attribution.hpp"

namespace flopwatch::attribution_detail {

/// nullopt for a capture that has no keys.
[[nodiscard]] std::optional<reuse_summary> summary_of_reuse(capture_data const& capture);

}  // namespace flopwatch::attribution_detail
