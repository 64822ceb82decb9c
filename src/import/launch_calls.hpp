// SPDX-FileCopyrightText: the flopwatch authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace flopwatch::importing {

/// A call of the CUDA runtime or driver, or of HIP, that launches one kernel. The name may end in a version.
[[nodiscard]] inline bool launches_kernel(std::string_view call) {
  bool const is_launch = call.find("LaunchKernel") != std::string_view::npos ||
                         call.find("LaunchCooperativeKernel") != std::string_view::npos ||
                         call == "cudaLaunch" || call == "cuLaunch" || call == "cuLaunchGrid";
  return is_launch && (call.starts_with("cu") || call.starts_with("hip"));
}

/// One that launches a graph of kernels.
[[nodiscard]] inline bool launches_graph(std::string_view call) {
  return call.find("GraphLaunch") != std::string_view::npos;
}

/// The kernel of a launch that has none in the file.
inline constexpr std::string_view missing_kernel = "(kernel not in the trace)";

}  // namespace flopwatch::importing
