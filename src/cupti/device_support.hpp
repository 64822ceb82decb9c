// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cupti/api.hpp"

namespace flopwatch::cupti {

/// What cuptiProfilerDeviceSupported says of a device, one level for each thing that can be in the way.
struct device_support {
  using level = CUpti_Profiler_Support_Level;
  level whole = {}, architecture = {}, sli = {}, vgpu = {}, confidential = {}, cmp = {}, wsl = {};
  level sku = {};  ///< the model of the GPU; UNKNOWN from a copy that is older than 13.1
};

/// After `initialise_profiler`. \throws cupti_error
[[nodiscard]] device_support support_of(api const& cupti, int device);

/// UNSUPPORTED or DISABLED. UNKNOWN is not, nor is LIMITED_SUPPORT, the level 4 of 13.3 and newer.
[[nodiscard]] constexpr bool is_in_the_way(CUpti_Profiler_Support_Level level) noexcept {
  return level == CUPTI_PROFILER_CONFIGURATION_UNSUPPORTED || level == CUPTI_PROFILER_CONFIGURATION_DISABLED;
}

/// The profiling of the device was switched off, and can be switched on.
[[nodiscard]] constexpr bool is_switched_off(CUpti_Profiler_Support_Level level) noexcept {
  return level == CUPTI_PROFILER_CONFIGURATION_DISABLED;
}

}  // namespace flopwatch::cupti
