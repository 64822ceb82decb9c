// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace flopwatch::capture_detail {

/// "2026-01-31T12:00:00Z", as info_key::created_utc has it.
[[nodiscard]] std::string now_utc();

}  // namespace flopwatch::capture_detail
