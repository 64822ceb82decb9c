// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cupti/api.hpp"

/// \file
/// What CUPTI's target side says of a device before anything is measured on it.

namespace flopwatch::cupti {

/// Initialises the profiler of this process. Calling it again is harmless; it is never taken back, since
/// CUPTI does not count. \throws cupti_error
void initialise_profiler(api const& cupti);

/// "GH100", of the device with this ordinal among the visible ones. After `initialise_profiler`.
/// \throws cupti_error
[[nodiscard]] std::string chip_of(api const& cupti, int device);

/// After `initialise_profiler`. \throws cupti_error if the range profiler cannot work on the device (SLI,
/// vGPU, confidential computing, a mining card, WSL); its sentence says why, and what to do
void refuse_unsupported(api const& cupti, int device);

/// What the current context's device can count: the smaller image that plans may be made with. This is where
/// missing permission shows first: enabling the profiler succeeds without it. \throws cupti_error
[[nodiscard]] std::vector<std::uint8_t> counter_availability(api const& cupti, CUcontext context);

}  // namespace flopwatch::cupti
