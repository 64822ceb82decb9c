// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "capture/plan_metrics.hpp"

/// \file
/// Keys of a run in replay mode `reuse` and their checks, one by one, with their counters.

namespace flopwatch::capture_detail {

/// False for a capture that is older than these tables. \throws damage when it had them and lost one
[[nodiscard]] bool has_reuse_tables(read_source const& source, closed_mark const& mark);

/// Keys by id.
void visit_reuse_keys(read_source const& source, closed_mark const& mark, plan_metrics const& plans,
                      std::function<bool(reuse_key_record const&)> const& visit);

/// Checks by chunk and range. \throws damage for a check of a key, a chunk or a range that is not there, of
/// an image that was not kept, for two of one range, and for a value of a metric that its chunk did not count
void visit_reuse_checks(read_source const& source, closed_mark const& mark, plan_metrics const& plans,
                        std::function<bool(reuse_check_record const&)> const& visit);

}  // namespace flopwatch::capture_detail
