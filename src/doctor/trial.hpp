// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cupti/api.hpp"
#include "doctor/facts.hpp"

namespace flopwatch::doctor {

/// Runs one small kernel on the device and counts its fused multiply-adds, as a session counts a kernel. The
/// device's primary context is kept for that long. Never throws: what fails is in `counting`.
[[nodiscard]] trial_facts try_counting(cupti::api const& cupti, int device, std::string const& chip,
                                       std::vector<std::uint8_t> const& availability) noexcept;

}  // namespace flopwatch::doctor
