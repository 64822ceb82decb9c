// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flopwatch/audit.hpp"

namespace flopwatch::audits {

/// MFU and HFU of what ran and of each claim, and what is wrong with those that are impossible.
/// \throws usage_error for a time that is not above 0 or has no peak, and a peak without the format
void add_utilization(audit_report& r, analysis const& a, utilization_request const& time);

}  // namespace flopwatch::audits
