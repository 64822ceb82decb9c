// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flopwatch/capture.hpp"
#include "recheck/checks.hpp"
#include "recheck/sum_result.hpp"

namespace flopwatch::recheck {

/// Derives keys from their checks and the sums of the run from its keys. \throws capture_error
[[nodiscard]] reuse_sums add_up_again(capture_reader const& reader, capture_data const& capture,
                                      recheck_checks const& checks);

}  // namespace flopwatch::recheck
