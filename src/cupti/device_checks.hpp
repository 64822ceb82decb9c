// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cupti/api.hpp"
#include "cupti/driver_api.hpp"

/// \file
/// What CUPTI's target side says of a device before anything is measured on it.

namespace flopwatch::cupti {

/// Initialises the profiler of this process. Calling it again is harmless; it is never taken back, since
/// CUPTI does not count. \throws cupti_error
void initialise_profiler(api const& cupti);

/// Whether programs share the contexts of this device through MPS: its counters then count the work of all of
/// them. nullopt: the driver is too old to say.
[[nodiscard]] std::optional<bool> shared_by_mps(driver_api const& driver, int device);

/// \throws cupti_error if the device is shared by MPS
void refuse_mps(driver_api const& driver, int device);

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
