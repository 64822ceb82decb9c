// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "flopwatch/session.hpp"

namespace flopwatch::detail {

/// What can be known to be wrong without a device; `choose_device` looks at the device, and planning at the
/// metrics of its chip.
/// \throws usage_error naming the option and its value
void check_options(session_options const& options);

}  // namespace flopwatch::detail
