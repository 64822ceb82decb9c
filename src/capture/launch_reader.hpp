// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "capture/merged_view.hpp"
#include "capture/plan_metrics.hpp"
#include "flopwatch/capture_records.hpp"

namespace flopwatch::capture_detail {

/// Fills `launch_groups` and `scope_range_groups`; what did not fit 64 bits becomes a count_overflow in
/// `losses`. Reads each table once. Of a merged capture the sums of each process are in `processes`, too.
void read_groups(read_source const& source, closed_mark const& mark, plan_metrics const& plans,
                 merged_view& view, capture_data& out);

/// Launches, or scope ranges, one by one, by context and order.
void visit_launches(read_source const& source, closed_mark const& mark, plan_metrics const& plans,
                    std::function<bool(launch_record const&)> const& visit);
void visit_scope_ranges(read_source const& source, closed_mark const& mark, plan_metrics const& plans,
                        std::function<bool(scope_range_record const&)> const& visit);

}  // namespace flopwatch::capture_detail
